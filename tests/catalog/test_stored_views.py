"""Views in Presto's form, as other engines on the catalog read and write them."""

import base64
import json

import pytest

from owlake.catalog.model import Table
from owlake.catalog.views import ViewDefinition, decode_view, encode_view, view_table
from owlake.errors import OwlakeError
from owlake.types.model import JSON, Array, Varchar

DEFINITION = ViewDefinition(
    "SELECT 'ü' AS name, x FROM t", "awsdatacatalog", "sales", (("name", "varchar(1)"), ("x", "json")), "me"
)


def stored(text: str | None) -> Table:
    return Table("sales", "v", view_original_text=text)


def test_a_definition_comes_back_as_it_was_stored() -> None:
    assert decode_view(stored(encode_view(DEFINITION))) == DEFINITION


def test_the_stored_form_is_a_comment_that_holds_base64_of_json() -> None:
    text = encode_view(DEFINITION)
    assert text.startswith("/* Presto View: ")
    assert text.endswith(" */")
    assert json.loads(base64.b64decode(text.removeprefix("/* Presto View: ").removesuffix(" */"))) == {
        "originalSql": "SELECT 'ü' AS name, x FROM t",
        "catalog": "awsdatacatalog",
        "schema": "sales",
        "columns": [{"name": "name", "type": "varchar(1)"}, {"name": "x", "type": "json"}],
        "owner": "me",
    }


def test_a_view_that_trino_stored_is_read() -> None:
    raw = {
        "originalSql": "SELECT 1 x",
        "catalog": "hive",
        "schema": "s",
        "columns": [{"name": "x", "type": "integer", "comment": "c"}],
        "comment": "d",
        "runAsInvoker": True,
        "path": [],
    }
    text = f"/* Presto View: {base64.b64encode(json.dumps(raw).encode()).decode()} */"
    assert decode_view(stored(text)) == ViewDefinition("SELECT 1 x", "hive", "s", (("x", "integer"),))


def test_the_glue_table_of_a_view() -> None:
    table = view_table("sales", "v", DEFINITION, [Varchar(1), JSON])
    assert table.is_view
    assert (table.table_type, table.view_expanded_text) == ("VIRTUAL_VIEW", "/* Presto View */")
    assert dict(table.parameters) == {"presto_view": "true", "comment": "Presto View"}
    assert [(column.name, column.type) for column in table.storage.columns] == [
        ("name", "varchar(1)"),
        ("x", "string"),
    ]


def test_nested_columns_are_shown_in_hives_types() -> None:
    definition = ViewDefinition("q", None, None, (("a", "array(varchar)"),))
    assert view_table("d", "v", definition, [Array(Varchar())]).storage.columns[0].type == "array<string>"


@pytest.mark.parametrize("text", [None, "SELECT 1", "/* Presto View: !!! */", "/* Presto View: e30= */"])
def test_a_view_in_another_form_cannot_be_read(text: str | None) -> None:
    with pytest.raises(OwlakeError, match=r"INVALID_VIEW: View 'awsdatacatalog\.sales\.v' cannot be read"):
        decode_view(stored(text))
