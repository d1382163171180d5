"""Table functions of connectors: ``TABLE(catalog.schema.function(...))``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.plugins import Plugins
from owlake.session import Session
from tests.connectors import memory


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Home.open(tmp_path / "home", plugins=Plugins({"memory": memory})) as home, Session(home) as session:
        yield session


def rows(session: Session, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in session.execute(statement, parameters).table().to_pylist()]


@pytest.mark.parametrize("argument", ["count => 3", "3", "count => 1 + 2", "length('abc')", "CAST(NULL AS bigint)"])
def test_its_rows_stand_in_from(session: Session, argument: str) -> None:
    statement = f"SELECT number * 2 AS twice FROM TABLE(memories.system.numbers({argument})) AS t WHERE t.number > 0"
    if "NULL" in argument:
        with pytest.raises(OwlakeError, match="argument cannot be null: count"):
            rows(session, statement)
    else:
        assert sorted(rows(session, statement)) == [(2,), (4,)]


def test_a_parameter_is_an_argument(session: Session) -> None:
    assert rows(session, "SELECT count(*) FROM TABLE(memories.system.numbers(?))", (7,)) == [(7,)]


def test_the_catalog_may_be_the_session_s(session: Session) -> None:
    session.catalog = "memories"
    assert rows(session, "SELECT max(number) FROM TABLE(system.numbers(5))") == [(4,)]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            "memories.system.letters(1)",
            "FUNCTION_NOT_FOUND: line 1:21: Table function 'memories.system.letters'",
        ),
        ("nowhere.system.numbers(1)", "FUNCTION_NOT_FOUND: line 1:21: Table function 'nowhere.system.numbers'"),
        ("memories.system.numbers()", "MISSING_ARGUMENT: line 1:21: Missing argument: COUNT"),
        ("memories.system.numbers(1, 2)", "INVALID_ARGUMENTS: line 1:21: Too many arguments"),
        (
            "memories.system.numbers(counts => 1)",
            "INVALID_FUNCTION_ARGUMENT: line 1:45: Unexpected argument name: COUNTS",
        ),
        ("memories.system.numbers('a')", "TYPE_MISMATCH: line 1:45: Cannot cast type varchar(1) to bigint"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(session: Session, call: str, text: str) -> None:
    with pytest.raises(OwlakeError) as caught:
        rows(session, f"SELECT * FROM TABLE({call})")
    assert str(caught.value).startswith(text)


def test_arguments_are_constants(session: Session) -> None:
    statement = "SELECT * FROM (VALUES 1) AS v (x) CROSS JOIN LATERAL (SELECT * FROM TABLE(memories.system.numbers(x)))"
    with pytest.raises(OwlakeError, match="EXPRESSION_NOT_CONSTANT: line 1:99"):
        rows(session, statement)
