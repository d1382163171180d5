"""The way in: one statement, its length, its parameters."""

import subprocess
import sys

import pytest

from owlake.dialect.nodes.statements import Prepare
from owlake.dialect.parser import MAX_BYTES, parse, parse_query
from owlake.dialect.traversal import count_parameters, walk
from owlake.errors import OwlakeError, ProgrammingError


@pytest.mark.parametrize("text", ["SELECT 1", " SELECT 1 ; ", ";SELECT 1", "SELECT 1;;", "-- c\nSELECT 1"])
def test_semicolons_and_comments_around_a_statement_are_fine(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1; SELECT 2 ", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"),
        ("SELECT 1; -- c", "Only one sql statement is allowed. Got: SELECT 1; -- c"),
        ("no sql; at all", "Only one sql statement is allowed. Got: no sql; at all"),
        (";", "Empty sql statement: ;"),
    ],
)
def test_anything_but_one_statement_is_refused_before_it_is_read(text: str, message: str) -> None:
    with pytest.raises(ProgrammingError) as refused:
        parse(text)
    assert str(refused.value) == message


def test_a_strict_parse_refuses_more_than_262144_bytes() -> None:
    text = f"SELECT '{'é' * (MAX_BYTES // 2)}'"
    parse(text)
    with pytest.raises(OwlakeError, match="Member must have length less than or equal to 262144"):
        parse(text, strict=True)
    parse("SELECT '" + "a" * (MAX_BYTES - 9) + "'", strict=True)


def test_parameters_are_counted_from_0_in_the_order_of_the_text() -> None:
    query = parse_query("SELECT ?, position(? IN ?) FROM t WHERE a IN (SELECT ?) OFFSET ? LIMIT ?")
    found = [node for node in walk(query) if type(node).__name__ == "Parameter"]
    assert sorted((node.position, node.index) for node in found) == sorted(
        (node.position, index) for index, node in enumerate(sorted(found, key=lambda node: node.position))
    )
    assert count_parameters(query) == 6


def test_a_statement_without_parameters_has_none() -> None:
    assert count_parameters(parse("SELECT '?' -- ?")) == 0


def test_the_parameters_of_a_prepared_statement_are_its_own() -> None:
    statement = parse("PREPARE p FROM SELECT ? + ?")
    assert isinstance(statement, Prepare)
    assert count_parameters(statement.statement) == 2


def test_a_refusal_is_the_persons_fault_and_has_a_place() -> None:
    with pytest.raises(ProgrammingError) as refused:
        parse("SELECT\n  1 1")
    assert (refused.value.code, refused.value.category, refused.value.position) == ("MALFORMED_QUERY", 2, (2, 5))


def test_nodes_cannot_be_changed() -> None:
    query = parse_query("SELECT 1")
    with pytest.raises(AttributeError):
        query.limit = None


def test_nodes_are_equal_when_they_are_one_text() -> None:
    assert parse_query("SELECT a") == parse_query("SELECT a")
    assert hash(parse_query("SELECT a")) == hash(parse_query("SELECT a"))
    assert parse_query("SELECT a") != parse_query("SELECT  a")


def test_parsing_loads_no_heavy_library() -> None:
    program = (
        "import sys; from owlake.dialect.parser import parse; parse('SELECT 1'); parse('SHOW TABLES'); "
        "print(sorted({'sqlglot', 'pyarrow', 'datafusion', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
