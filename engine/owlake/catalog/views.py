"""Views as Athena keeps them in Glue: Presto's form, a comment that holds base64 of JSON.

Other engines on the same catalog (dbt, Spark, Trino) read this form, so it is kept to the letter.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from owlake.catalog.model import VIRTUAL_VIEW, Column, StorageDescriptor, Table
from owlake.errors import NotSupportedError, error
from owlake.types.hive import hive_type
from owlake.types.model import Type

EXPANDED_TEXT = "/* Presto View */"

_TEXT = re.compile(r"/\* Presto View: ([A-Za-z0-9+/=\s]+) \*/")


@dataclass(frozen=True, slots=True)
class ViewDefinition:
    """What a view is.

    Attributes:
        original_sql: The query as the person wrote it.
        catalog: Where its names are looked up, with ``schema``.
        columns: Name and Trino type text of each column, as they were when the view was made.
    """

    original_sql: str
    catalog: str | None
    schema: str | None
    columns: tuple[tuple[str, str], ...]
    owner: str | None = None


def encode_view(definition: ViewDefinition) -> str:
    """The definition as Glue's ViewOriginalText."""
    fields: dict[str, object] = {
        "originalSql": definition.original_sql,
        "catalog": definition.catalog,
        "schema": definition.schema,
        "columns": [{"name": name, "type": type_} for name, type_ in definition.columns],
    }
    if definition.owner is not None:
        fields["owner"] = definition.owner
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return f"/* Presto View: {base64.b64encode(text.encode()).decode()} */"


def decode_view(table: Table) -> ViewDefinition:
    """The definition of a view. Errors: INVALID_VIEW, for one that was not made by Athena or its kin."""
    found = _TEXT.fullmatch((table.view_original_text or "").strip())
    if found is None:
        raise _invalid(table, "it is not stored in Presto's form")
    try:
        raw = json.loads(base64.b64decode(found[1], validate=False))
        return ViewDefinition(
            raw["originalSql"],
            raw.get("catalog"),
            raw.get("schema"),
            tuple((column["name"], column["type"]) for column in raw["columns"]),
            raw.get("owner"),
        )
    except (binascii.Error, ValueError, KeyError, TypeError) as problem:
        raise _invalid(table, f"its stored form does not parse ({problem})") from problem


def view_table(database: str, name: str, definition: ViewDefinition, types: Sequence[Type]) -> Table:
    """The Glue table of a view. ``types`` are its columns' types; those that Hive lacks are shown as string."""
    columns = tuple(
        Column(column, _hive_type(type_)) for (column, _), type_ in zip(definition.columns, types, strict=True)
    )
    return Table(
        database,
        name,
        StorageDescriptor(columns),
        table_type=VIRTUAL_VIEW,
        parameters={"presto_view": "true", "comment": "Presto View"},
        owner=definition.owner,
        view_original_text=encode_view(definition),
        view_expanded_text=EXPANDED_TEXT,
    )


def _hive_type(type_: Type) -> str:
    try:
        return hive_type(type_)
    except NotSupportedError:
        return "string"


def _invalid(table: Table, reason: str) -> Exception:
    return error("INVALID_VIEW", f"View 'awsdatacatalog.{table.database}.{table.name}' cannot be read: {reason}")
