"""SQL of other engines, which Athena refuses: with a place and the token that does not fit."""

import pytest

from owlake.dialect.parser import parse
from owlake.errors import OwlakeError, ProgrammingError

TEXTS = [
    ("SELECT a::int", "line 1:9: mismatched input ':'"),
    ("SELECT a,,b", "line 1:10: mismatched input ','"),
    ("SELECT a, FROM t", "line 1:11: mismatched input 'FROM'"),
    ("SELECT a FROM t LIMIT 5,10", "line 1:24: mismatched input ','"),
    ("SELECT a FROM t LIMIT -1", "line 1:23: mismatched input '-'"),
    ("SELECT DISTINCT ON (a) b FROM t", "line 1:17: mismatched input 'ON'"),
    ("SELECT a FROM t QUALIFY b = 1", "line 1:25: mismatched input 'b'"),
    ("SELECT STREAM * FROM t", "line 1:17: mismatched input 'FROM'"),
    ("SELECT TOP 10 a FROM t", "line 1:12: mismatched input '10'"),
    ("SELECT * EXCEPT (a) FROM t", "line 1:18: mismatched input 'a'"),
    ("SELECT `a` FROM t", "line 1:8: backquoted identifiers are not supported"),
    ("SELECT 1abc", "line 1:8: identifiers must not start with a digit"),
    ("SELECT a FROM t WHERE a ILIKE 'x'", "line 1:25: mismatched input 'ILIKE'"),
    ("SELECT a FROM t WHERE a == 1", "line 1:26: mismatched input '='"),
    ("SELECT a FROM t WHERE a RLIKE 'x'", "line 1:25: mismatched input 'RLIKE'"),
    ("SELECT {'a': 1}", "line 1:8: mismatched input '{'"),
    ("SELECT [1, 2]", "line 1:8: mismatched input '['"),
    ("SELECT a FROM t1 LEFT SEMI JOIN t2 ON a = b", "line 1:23: mismatched input 'SEMI'"),
    ("SELECT a FROM t LATERAL VIEW explode(a) x AS y", "line 1:25: mismatched input 'VIEW'"),
    ("SELECT a FROM t ASOF JOIN u ON a = b", None),
    ("SELECT a FROM t PIVOT (sum(a) FOR b IN (1))", "line 1:27: mismatched input '('"),
    ("SELECT $1", "line 1:8: mismatched input '$'"),
    ("SELECT :name", "line 1:8: mismatched input ':'"),
    ("SELECT @x", "line 1:8: mismatched input '@'"),
    ("SELECT E'a'", None),
    ("INSERT OVERWRITE TABLE t SELECT 1", "line 1:8: mismatched input 'OVERWRITE'"),
    ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "line 1:26: mismatched input 'ON'"),
    ("INSERT INTO t SET a = 1", "line 1:15: mismatched input 'SET'"),
    ("UPDATE t x SET a = 1", "line 1:10: mismatched input 'x'"),
    ("DELETE t", "line 1:8: mismatched input 't'"),
    ("SELECT a FROM t FOR UPDATE", "line 1:21: mismatched input 'UPDATE'"),
    ("SELECT a INTO u FROM t", "line 1:10: mismatched input 'INTO'"),
    ("SELECT a FROM t; SELECT b FROM t", "Only one sql statement is allowed"),
    ("SELECT 'it\\'s'", None),
    ("PRAGMA foo", "line 1:1: mismatched input 'PRAGMA'"),
    ("BEGIN", "line 1:1: mismatched input 'BEGIN'"),
]

# What looks foreign and is Trino's: an alias, or a typed literal.
OWN = {"SELECT a FROM t ASOF JOIN u ON a = b", "SELECT E'a'"}


@pytest.mark.parametrize(("text", "start"), [(text, start) for text, start in TEXTS if start])
def test_what_is_not_athenas_sql_is_refused_with_its_place(text: str, start: str) -> None:
    with pytest.raises(ProgrammingError) as refused:
        parse(text)
    assert str(refused.value).startswith(start)


@pytest.mark.parametrize("text", sorted(OWN))
def test_what_trino_reads_otherwise_is_read_as_trino_does(text: str) -> None:
    parse(text)


def test_a_backslash_does_not_hide_a_quote() -> None:
    with pytest.raises(OwlakeError, match="mismatched input '''"):
        parse("SELECT 'it\\'s'")
