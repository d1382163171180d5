"""What is listed as expected where a statement breaks off.

The texts are those of Trino's own tests of its errors (TestSqlParserErrorHandling), and those measured on Athena.
"""

import pytest

from owlake.dialect.parser import parse, parse_expression
from owlake.errors import OwlakeError

RELATION = "'(', 'LATERAL', 'TABLE', 'UNNEST', <identifier>"
STATEMENT = (
    "'ALTER', 'ANALYZE', 'CALL', 'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DENY', 'DESC', 'DESCRIBE', "
    "'DROP', 'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', 'REFRESH', 'RESET', 'REVOKE', 'ROLLBACK', "
    "'SET', 'SHOW', 'START', 'TRUNCATE', 'UNLOAD', 'UPDATE', 'USE', <query>"
)
AFTER_TABLE = (
    "'CROSS', 'EXCEPT', 'FETCH', 'FULL', 'GROUP', 'HAVING', 'INNER', 'INTERSECT', 'JOIN', 'LEFT', 'LIMIT', "
    "'MATCH_RECOGNIZE', 'NATURAL', 'OFFSET', 'ORDER', 'RIGHT', 'TABLESAMPLE', 'UNION', 'WHERE', 'WINDOW', <EOF>"
)

EXPRESSIONS = [
    ("", "line 1:1: mismatched input '<EOF>'. Expecting: <expression>"),
    (
        "1 + 1 x",
        (
            "line 1:7: mismatched input 'x'. "
            "Expecting: '%', '*', '+', '-', '.', '/', 'AND', 'AT', 'OR', '[', '||', <EOF>, <predicate>"
        ),
    ),
]

TRINO = [
    ("@select", f"line 1:1: mismatched input '@'. Expecting: {STATEMENT}"),
    ("select * from foo where @what", "line 1:25: mismatched input '@'. Expecting: <expression>"),
    ("select * from 'oops", f"line 1:15: mismatched input '''. Expecting: {RELATION}"),
    (
        "select *\nfrom x\nfrom t",
        (
            "line 3:1: mismatched input 'from'. Expecting: ',', '.', 'AS', 'CROSS', 'EXCEPT', 'FETCH', 'FOR', 'FULL', "
            "'GROUP', 'HAVING', 'INNER', 'INTERSECT', 'JOIN', 'LEFT', 'LIMIT', 'MATCH_RECOGNIZE', 'NATURAL', 'OFFSET', "
            "'ORDER', 'RIGHT', 'TABLESAMPLE', 'UNION', 'WHERE', 'WINDOW', <EOF>, <identifier>"
        ),
    ),
    ("select *\nfrom x\nwhere from t", "line 3:7: mismatched input 'from'. Expecting: <expression>"),
    ("select ", "line 1:7: mismatched input '<EOF>'. Expecting: '*', 'ALL', 'DISTINCT', <expression>"),
    (
        "select * from `foo`",
        "line 1:15: backquoted identifiers are not supported; use double quotes to quote identifiers",
    ),
    (
        "select * from foo `bar`",
        "line 1:19: backquoted identifiers are not supported; use double quotes to quote identifiers",
    ),
    (
        "select 1x from dual",
        "line 1:8: identifiers must not start with a digit; surround the identifier with double quotes",
    ),
    (
        "select fuu from dual order by fuu order by fuu",
        (
            "line 1:35: mismatched input 'order'. Expecting: '%', '*', '+', ',', '-', '.', '/', 'AND', 'ASC', 'AT', "
            "'DESC', 'FETCH', 'LIMIT', 'NULLS', 'OFFSET', 'OR', '[', '||', <EOF>, <predicate>"
        ),
    ),
    (
        "select fuu from dual limit 10 order by fuu",
        "line 1:31: mismatched input 'order'. Expecting: <EOF>",
    ),
    (
        "select CAST(12223222232535343423232435343 AS BIGINT)",
        "line 1:1: Invalid numeric literal: 12223222232535343423232435343",
    ),
    (
        "select CAST(-12223222232535343423232435343 AS BIGINT)",
        "line 1:1: Invalid numeric literal: -12223222232535343423232435343",
    ),
    ("select foo.!", "line 1:12: mismatched input '!'. Expecting: '*', <identifier>"),
    (
        "select foo(,1)",
        "line 1:12: mismatched input ','. Expecting: ')', '*', 'ALL', 'DISTINCT', 'ORDER', <expression>",
    ),
    (
        "select foo ( ,1)",
        "line 1:14: mismatched input ','. Expecting: ')', '*', 'ALL', 'DISTINCT', 'ORDER', <expression>",
    ),
    ("select foo(DISTINCT)", "line 1:20: mismatched input ')'. Expecting: <expression>"),
    ("select foo(DISTINCT ,1)", "line 1:21: mismatched input ','. Expecting: <expression>"),
    ("CREATE TABLE ", "line 1:13: no viable alternative at input 'CREATE TABLE<EOF>'"),
    (
        "SELECT grouping(a+2) FROM (VALUES (1)) AS t (a) GROUP BY a+2",
        "line 1:18: mismatched input '+'. Expecting: ')', ',', '.'",
    ),
    (
        "SELECT x() over (ROWS select) FROM t",
        (
            "line 1:23: mismatched input 'select'. Expecting: ')', 'BETWEEN', 'CURRENT', 'GROUPS', 'MEASURES', "
            "'ORDER', "
            "'PARTITION', 'RANGE', 'ROWS', 'UNBOUNDED', <expression>"
        ),
    ),
    (
        "SELECT X() OVER (ROWS UNBOUNDED) FROM T",
        (
            "line 1:32: mismatched input ')'. Expecting: '%', '(', '*', '+', '-', '->', '.', '/', 'AND', 'AT', "
            "'FOLLOWING', 'OR', 'OVER', 'PRECEDING', '[', '||', <predicate>, <string>"
        ),
    ),
    ("SELECT a FROM x ORDER BY (SELECT b FROM t WHERE", "line 1:48: mismatched input '<EOF>'. Expecting: <expression>"),
    (
        "SELECT a FROM a AS x TABLESAMPLE x",
        "line 1:34: mismatched input 'x'. Expecting: 'BERNOULLI', 'SYSTEM'",
    ),
    (
        "SELECT a AS z FROM t GROUP BY CUBE (a),",
        "line 1:40: mismatched input '<EOF>'. Expecting: '(', 'CUBE', 'GROUPING', 'ROLLUP', <expression>",
    ),
    ("SELECT a AS z FROM t WHERE x = 1 +", "line 1:35: mismatched input '<EOF>'. Expecting: <expression>"),
    (
        "SELECT * FROM (",
        "line 1:16: mismatched input '<EOF>'. Expecting: '(', 'LATERAL', 'TABLE', 'UNNEST', <identifier>, <query>",
    ),
    ("SELECT CAST(a AS )", "line 1:18: mismatched input ')'. Expecting: <type>"),
    ("SELECT CAST(a AS decimal()", "line 1:26: mismatched input ')'. Expecting: <integer>, <type>"),
    ("SELECT foo(*) filter (", "line 1:23: mismatched input '<EOF>'. Expecting: 'WHERE'"),
    ("SELECT * FROM t t x", f"line 1:19: mismatched input 'x'. Expecting: '(', ',', {AFTER_TABLE}"),
    ("SELECT * FROM t WHERE EXISTS (", "line 1:31: mismatched input '<EOF>'. Expecting: <query>"),
    ('SELECT "" FROM t', "line 1:8: Zero-length delimited identifier not allowed"),
    ('SELECT a FROM "".s.t', "line 1:15: Zero-length delimited identifier not allowed"),
    (
        "WITH t AS (SELECT 1 SELECT t.* FROM t",
        (
            "line 1:21: mismatched input 'SELECT'. Expecting: '%', ')', '*', '+', ',', '-', '.', '/', 'AND', "
            "'AS', 'AT', "
            "'EXCEPT', 'FETCH', 'FROM', 'GROUP', 'HAVING', 'INTERSECT', 'LIMIT', 'OFFSET', 'OR', 'ORDER', 'UNION', "
            "'WHERE', 'WINDOW', '[', '||', <identifier>, <predicate>"
        ),
    ),
    ("SHOW FUNCTIONS LIKE '%$_%' ESCAPE", "line 1:34: mismatched input '<EOF>'. Expecting: <string>"),
    ("SELECT * FROM t FOR TIMESTAMP", "line 1:30: mismatched input '<EOF>'. Expecting: 'AS'"),
    (
        "SELECT * FROM t FOR TIMESTAMP AS OF TIMESTAMP WHERE",
        "line 1:52: mismatched input '<EOF>'. Expecting: <expression>",
    ),
    (
        "SELECT * FROM t FOR VERSION AS OF TIMESTAMP WHERE",
        "line 1:50: mismatched input '<EOF>'. Expecting: <expression>",
    ),
    (
        "SELECT ROW(DATE '2022-10-10', DOUBLE 12.0)",
        (
            "line 1:38: mismatched input '12.0'. Expecting: '%', '(', ')', '*', '+', ',', '-', '->', '.', '/', 'AND', "
            "'AT', 'OR', 'ORDER', 'OVER', 'PRECISION', '[', '||', <predicate>, <string>"
        ),
    ),
    (
        "VALUES(DATE 2)",
        (
            "line 1:13: mismatched input '2'. Expecting: '%', '(', ')', '*', '+', ',', '-', '->', '.', '/', "
            "'AND', 'AT', "
            "'OR', 'OVER', '[', '||', <predicate>, <string>"
        ),
    ),
    ("SELECT count(DISTINCT *) FROM (VALUES 1)", "line 1:23: mismatched input '*'. Expecting: <expression>"),
    (
        "SELECT CASE WHEN " + " * ".join("123456789" * 10),
        (
            "line 1:375: mismatched input '<EOF>'. "
            "Expecting: '%', '*', '+', '-', '.', '/', 'AND', 'AT', 'OR', 'THEN', '[', '||', <predicate>"
        ),
    ),
    (
        "SELECT id FROM t WHERE\n" + "(f()\nOR " * 21 + "(f()\nGROUP BY id",
        (
            "line 24:1: mismatched input 'GROUP'. Expecting: '%', ')', '*', '+', ',', '-', '.', '/', 'AND', 'AT', "
            "'FILTER', 'IGNORE', 'OR', 'OVER', 'RESPECT', '[', '||', <predicate>"
        ),
    ),
    ("SELECT listagg(v) FROM (VALUES 'a') t(v)", "line 1:19: mismatched input 'FROM'. Expecting: 'WITHIN'"),
]

ATHENA = [
    ("-- only", f"line 1:8: mismatched input '<EOF>'. Expecting: {STATEMENT}"),
    ("/* only */", f"line 1:11: mismatched input '<EOF>'. Expecting: {STATEMENT}"),
    ("/* open", f"line 1:1: mismatched input '/'. Expecting: {STATEMENT}"),
    ("SELECT", "line 1:7: mismatched input '<EOF>'. Expecting: '*', 'ALL', 'DISTINCT', <expression>"),
    ("SELECT * FROM", "Queries of this type are not supported"),
    ("SELECT FROM", "Queries of this type are not supported"),
    (
        "CREATE OR REPLACE TABLE t AS SELECT 1",
        "line 1:19: mismatched input 'TABLE'. Expecting: 'MATERIALIZED', 'MULTI', 'PROTECTED', 'VIEW'",
    ),
    (
        "SELECT * FROM t FOR SYSTEM_TIME AS OF now()",
        "line 1:21: mismatched input 'SYSTEM_TIME'. Expecting: 'TIMESTAMP', 'VERSION'",
    ),
    ("CREATE TABLE t WITH (a.b = 1) AS SELECT 1", "line 1:23: mismatched input '.'. Expecting: '='"),
    ("TRUNCATE TABLE t", "Queries of this type are not supported"),
    ("USE d", "Queries of this type are not supported"),
    ("SET SESSION a = 1", "Queries of this type are not supported"),
    ("START TRANSACTION", "Queries of this type are not supported"),
    ("CREATE ROLE r", "Queries of this type are not supported"),
    ("LOCK TABLE t SHARED", "Queries of this type are not supported"),
]


def refusal(text: str) -> str:
    with pytest.raises(OwlakeError) as refused:
        parse(text)
    return str(refused.value)


@pytest.mark.parametrize(("text", "message"), EXPRESSIONS)
def test_an_expression_that_breaks_off_is_refused_as_in_trino(text: str, message: str) -> None:
    with pytest.raises(OwlakeError) as refused:
        parse_expression(text)
    assert str(refused.value) == message


@pytest.mark.parametrize(("text", "message"), TRINO, ids=[text[:40] for text, _ in TRINO])
def test_a_statement_that_breaks_off_is_refused_as_in_trino(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(("text", "message"), ATHENA)
def test_a_statement_that_breaks_off_is_refused_as_measured_on_athena(text: str, message: str) -> None:
    assert refusal(text) == message
