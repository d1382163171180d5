"""What may come next, as the grammars say."""

import pytest

from owlake.dialect.continuations import continuations

CASES = [
    ("SELECT a FROM t GROUP", {"BY"}, {"SELECT", "ORDER"}),
    ("SELECT a FROM t", {"WHERE", "JOIN", "LIMIT", "<identifier>"}, {"THEN", "<expression>"}),
    ("SELECT a FROM t WHERE", {"<expression>"}, {"FROM"}),
    ("SELECT a FROM t WHERE b", {"AND", "OR", "<predicate>"}, {"FROM"}),
    ("SELECT CAST(a AS", {"<type>"}, {"<expression>"}),
    ("SELECT CASE WHEN a THEN b", {"ELSE", "END", "WHEN"}, {"FROM"}),
    ("INSERT INTO t", {"<query>", "("}, {"BY"}),
    ("DROP", {"TABLE", "DATABASE", "VIEW"}, {"FUNCTION", "ROLE"}),
    ("ALTER TABLE t", {"ADD", "DROP", "SET", "RENAME"}, {"SELECT"}),
    ("MSCK", {"REPAIR"}, {"TABLE"}),
    ("CREATE EXTERNAL TABLE t (a int)", {"LOCATION", "TBLPROPERTIES", "PARTITIONED"}, {"AS"}),
    # A table with columns may go on as either of the two statements.
    ("CREATE TABLE t", {"AS", "WITH", "LOCATION", "("}, {"SELECT"}),
    ("", {"<query>", "SHOW", "MSCK", "CREATE"}, {"SET", "USE", "TRUNCATE"}),
]


@pytest.mark.parametrize(("text", "there", "absent"), CASES, ids=[case[0] or "nothing" for case in CASES])
def test_what_the_grammars_take_next(text: str, there: set[str], absent: set[str]) -> None:
    found = continuations(text)
    assert there - found == set()
    assert absent & found == set()


@pytest.mark.parametrize("text", ["SELEC a", "SELECT a,, b", "SELECT 'open", "a b c", "FROM"])
def test_what_is_no_beginning_of_a_statement_has_no_next(text: str) -> None:
    assert continuations(text) == frozenset()
