"""DROP VIEW and SHOW CREATE VIEW."""

import pytest
from tests.statements.athena import Athena

from owlake.catalog.views import ViewDefinition, view_table
from owlake.types.model import INTEGER


@pytest.fixture
def view(athena: Athena) -> Athena:
    definition = ViewDefinition("select 1  as N", "awsdatacatalog", "default", (("n", "integer"),))
    with athena.home.metastore.write() as catalog:
        catalog.create_table(view_table("default", "v", definition, [INTEGER]))
    athena.run("CREATE EXTERNAL TABLE t (n int) LOCATION 's3://b/t'")
    return athena


def test_a_view_is_dropped(view: Athena) -> None:
    view.run('DROP VIEW "default"."V"')
    assert view.run("SHOW VIEWS") == []


def test_dropping_what_is_not_there_is_fine_if_exists(view: Athena) -> None:
    assert view.run("DROP VIEW IF EXISTS nope") == []


def test_a_view_is_shown_reformatted_one_row_a_line(view: Athena) -> None:
    output = view.output("SHOW CREATE VIEW v")
    assert list(output.lines()) == ["CREATE VIEW default.v AS", "SELECT 1 N"]
    (column,) = output.columns
    assert (column.name, column.athena_type) == ("create view", None)


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("DROP VIEW nope", "TABLE_NOT_FOUND: line 1:1: View 'awsdatacatalog.default.nope' does not exist"),
        (
            "DROP VIEW t",
            (
                "TABLE_NOT_FOUND: line 1:1: View 'awsdatacatalog.default.t' does not exist, "
                "but a table with that name exists. Did you mean DROP TABLE awsdatacatalog.default.t?"
            ),
        ),
        ("SHOW CREATE VIEW nope", "TABLE_NOT_FOUND: line 1:1: View 'awsdatacatalog.default.nope' does not exist"),
        (
            "SHOW CREATE VIEW t",
            "NOT_SUPPORTED: line 1:1: Relation 'awsdatacatalog.default.t' is a table, not a view",
        ),
        (
            "DROP TABLE v",
            (
                "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
                "Cannot drop a view with DROP TABLE"
            ),
        ),
        (
            "ALTER TABLE v ADD COLUMNS (x int)",
            "FAILED: SemanticException [Error 10131]: To alter a view you need to use the ALTER VIEW command.",
        ),
    ],
)
def test_it_is_refused(view: Athena, sql: str, text: str) -> None:
    assert str(view.refused(sql)) == text


def test_a_view_whose_text_does_not_parse_says_so(athena: Athena) -> None:
    definition = ViewDefinition("SELEC 1", "awsdatacatalog", "default", (("n", "integer"),))
    with athena.home.metastore.write() as catalog:
        catalog.create_table(view_table("default", "v", definition, [INTEGER]))
    assert str(athena.refused("SHOW CREATE VIEW v")).startswith(
        "INVALID_VIEW: line 1:1: Failed parsing stored view 'awsdatacatalog.default.v': line 1:1: "
    )


def test_without_a_database_the_name_must_have_one(view: Athena) -> None:
    view.database = None
    assert view.refused("DROP VIEW v").code == "MISSING_SCHEMA_NAME"
    view.run("DROP VIEW default.v")


def test_a_view_takes_the_name_of_a_table(view: Athena) -> None:
    assert "already exist" in str(view.refused("CREATE EXTERNAL TABLE v (n int) LOCATION 's3://b/v'"))


def test_a_view_is_shown_with_the_quotes_that_its_name_needs(athena: Athena) -> None:
    for name in ("two words", "table"):
        definition = ViewDefinition("SELECT 1 n", "awsdatacatalog", "default", (("n", "integer"),))
        with athena.home.metastore.write() as catalog:
            catalog.create_table(view_table("default", name, definition, [INTEGER]))
        lines = list(athena.output(f'SHOW CREATE VIEW "{name}"').lines())
        assert lines == [f'CREATE VIEW default."{name}" AS', "SELECT 1 n"]
