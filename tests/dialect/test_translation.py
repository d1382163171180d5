"""Other engines' SQL to Athena's."""

import pytest

from owlake.dialect.parser import parse
from owlake.dialect.script import split
from owlake.dialect.translation import translate
from owlake.errors import OwlakeError

SOURCES = [
    ("postgres", "SELECT a::int FROM t LIMIT 5"),
    ("bigquery", "SELECT `a` FROM `d.t`"),
    ("spark", "SELECT a FROM t LATERAL VIEW explode(b) x AS y"),
    ("snowflake", "SELECT a, ROW_NUMBER() OVER (ORDER BY b) AS n FROM t QUALIFY n = 1"),
    ("mysql", "SELECT `a` FROM t LIMIT 5, 10"),
]


@pytest.mark.parametrize(("dialect", "sql"), SOURCES)
def test_another_dialect_becomes_sql_that_athena_reads(dialect: str, sql: str) -> None:
    (piece,) = split(translate(sql, dialect))
    parse(piece.text)


def test_a_script_is_translated_statement_by_statement() -> None:
    assert translate("SELECT 1; SELECT a::date", "postgres") == "SELECT 1;\nSELECT CAST(a AS DATE);"


def test_what_does_not_parse_is_refused() -> None:
    with pytest.raises(OwlakeError, match="Not readable in the source dialect"):
        translate("SELECT FROM FROM", "postgres")


def test_an_unknown_dialect_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(OwlakeError) as refused:
        translate("SELECT 1", "cobol")
    assert "snowflake" in str(refused.value.hint)
