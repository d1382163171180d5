"""Double quotes around names in DDL: plain to us, refused by Athena, statement by statement in other words."""

import pytest

from owlake.dialect.nodes.hive import Describe, ShowColumns
from owlake.dialect.parser import parse
from owlake.errors import OwlakeError

# Where Athena's DDL parser wants a name.
NAME = (
    "{'SELECT', 'FROM', 'ADD', 'AS', 'ALL', 'DISTINCT', 'WHERE', 'GROUP', 'BY', 'GROUPING', 'SETS', 'CUBE', 'ROLLUP', "
    "'ORDER', 'HAVING', 'LIMIT', 'AT', 'OR', 'AND', 'IN', NOT, 'NO', 'EXISTS', 'BETWEEN', 'LIKE', RLIKE, 'IS', 'NULL', "
    "'TRUE', 'FALSE', 'NULLS', 'ASC', 'DESC', 'FOR', 'INTERVAL', 'CASE', 'WHEN', 'THEN', 'ELSE', 'END', 'JOIN', "
    "'CROSS', 'OUTER', 'INNER', 'LEFT', 'SEMI', 'RIGHT', 'FULL', 'NATURAL', 'ON', 'LATERAL', 'WINDOW', 'OVER', "
    "'PARTITION', 'RANGE', 'ROWS', 'UNBOUNDED', 'PRECEDING', 'FOLLOWING', 'CURRENT', 'ROW', 'WITH', 'VALUES', "
    "'CREATE', 'TABLE', 'VIEW', 'REPLACE', 'INSERT', 'DELETE', 'INTO', 'DESCRIBE', 'EXPLAIN', 'FORMAT', 'LOGICAL', "
    "'CODEGEN', 'CAST', 'SHOW', 'TABLES', 'COLUMNS', 'COLUMN', 'USE', 'PARTITIONS', 'FUNCTIONS', 'DROP', 'UNION', "
    "'EXCEPT', 'INTERSECT', 'TO', 'TABLESAMPLE', 'STRATIFY', 'ALTER', 'RENAME', 'ARRAY', 'MAP', 'STRUCT', 'COMMENT', "
    "'SET', 'RESET', 'DATA', 'START', 'TRANSACTION', 'COMMIT', 'ROLLBACK', 'MACRO', 'FIRST', 'AFTER', 'IF', 'DIV', "
    "'PERCENT', 'BUCKET', 'OUT', 'OF', 'SORT', 'CLUSTER', 'DISTRIBUTE', 'OVERWRITE', 'TRANSFORM', 'REDUCE', 'USING', "
    "'SERDE', 'SERDEPROPERTIES', 'RECORDREADER', 'RECORDWRITER', 'DELIMITED', 'FIELDS', 'TERMINATED', 'COLLECTION', "
    "'ITEMS', 'KEYS', 'ESCAPED', 'LINES', 'SEPARATED', 'FUNCTION', 'EXTENDED', 'REFRESH', 'CLEAR', 'CACHE', 'UNCACHE', "
    "'LAZY', 'FORMATTED', TEMPORARY, 'OPTIONS', 'UNSET', 'TBLPROPERTIES', 'DBPROPERTIES', 'BUCKETS', 'SKEWED', "
    "'STORED', 'DIRECTORIES', 'LOCATION', 'EXCHANGE', 'ARCHIVE', 'UNARCHIVE', 'FILEFORMAT', 'TOUCH', 'COMPACT', "
    "'CONCATENATE', 'CHANGE', 'CASCADE', 'RESTRICT', 'CLUSTERED', 'SORTED', 'PURGE', 'INPUTFORMAT', 'OUTPUTFORMAT', "
    "DATABASE, DATABASES, 'DFS', 'TRUNCATE', 'ANALYZE', 'COMPUTE', 'LIST', 'STATISTICS', 'PARTITIONED', 'EXTERNAL', "
    "'DEFINED', 'REVOKE', 'GRANT', 'LOCK', 'UNLOCK', 'MSCK', 'REPAIR', 'EXPORT', 'IMPORT', 'LOAD', 'ROLE', 'ROLES', "
    "'COMPACTIONS', 'PRINCIPALS', 'TRANSACTIONS', 'INDEX', 'INDEXES', 'LOCKS', 'OPTION', 'ANTI', 'LOCAL', 'INPATH', "
    "IDENTIFIER, BACKQUOTED_IDENTIFIER}"
)
STATEMENT = (
    "'ALTER', 'ANALYZE', 'CALL', 'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DENY', 'DESC', 'DESCRIBE', "
    "'DROP', 'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', 'REFRESH', 'RESET', 'REVOKE', 'ROLLBACK', "
    "'SET', 'SHOW', 'START', 'TRUNCATE', 'UNLOAD', 'UPDATE', 'USE', <query>"
)

REFUSALS = [
    ('DESCRIBE "t"', "line 1:10: no viable alternative at input 'DESCRIBE \"t\"'"),
    ('DESCRIBE\n"t"', "line 2:1: no viable alternative at input 'DESCRIBE\\n\"t\"'"),
    ('/* 😀 */ DESC  "t"', "line 1:16: no viable alternative at input 'DESC  \"t\"'"),
    ('  DESCRIBE "t"', "line 1:10: no viable alternative at input 'DESCRIBE \"t\"'"),
    ('DESCRIBE db."t"', "line 1:13: no viable alternative at input 'db.\"t\"'"),
    ('DESCRIBE a.b."t"', f"line 1:14: mismatched input '\"t\"' expecting {NAME}"),
    ('DESCRIBE a.b.c."t"', "Invalid table name a.b.c.t"),
    ('SHOW COLUMNS IN "t"', f"line 1:17: mismatched input '\"t\"' expecting {NAME}"),
    ('SHOW COLUMNS FROM db."t"', "line 1:22: no viable alternative at input 'db.\"t\"'"),
    ('SHOW COLUMNS FROM a.b."t"', f"line 1:23: mismatched input '\"t\"' expecting {NAME}"),
    ('DROP TABLE "t"', f"line 1:12: mismatched input '\"t\"' expecting {NAME}"),
    ('DROP TABLE IF EXISTS db."t"', "line 1:25: no viable alternative at input 'db.\"t\"'"),
    ('DROP TABLE a.b."t"', f"line 1:16: mismatched input '\"t\"' expecting {NAME}"),
    ('DROP TABLE "a".b.c.d', f"line 1:12: mismatched input '\"a\"' expecting {NAME}"),
    ('ALTER TABLE "t" RENAME TO u', "line 1:13: no viable alternative at input 'ALTER TABLE \"t\"'"),
    ('ALTER TABLE a."t" DROP COLUMN c', "line 1:15: no viable alternative at input 'ALTER TABLE a.\"t\"'"),
    ('ALTER TABLE a.b."t" ADD COLUMN c int', "line 1:17: no viable alternative at input 'ALTER TABLE a.b.\"t\"'"),
    ('ALTER TABLE "t" ADD COLUMNS (c int)', "line 1:21: mismatched input 'COLUMNS'. Expecting: '.', 'ADD'"),
    ('CREATE TABLE "t" (n int)', "line 1:14: no viable alternative at input 'CREATE TABLE \"t\"'"),
    (
        'CREATE TABLE IF NOT EXISTS a."t" (n int)',
        "line 1:30: no viable alternative at input 'CREATE TABLE IF NOT EXISTS a.\"t\"'",
    ),
    ('SHOW TABLES IN "d"', f"line 1:16: mismatched input '\"d\"' expecting {NAME}"),
    ('SHOW TABLES IN c."d"', f"line 1:18: mismatched input '\"d\"' expecting {NAME}"),
    ('SHOW CREATE TABLE "t"', "Queries of this type are not supported"),
    ('SHOW CREATE TABLE d."t"', "Queries of this type are not supported"),
    ('MSCK REPAIR TABLE "t"', f"line 1:1: mismatched input 'MSCK'. Expecting: {STATEMENT}"),
    ('OPTIMIZE "t" REWRITE DATA USING BIN_PACK', f"line 1:1: mismatched input 'OPTIMIZE'. Expecting: {STATEMENT}"),
    ('OPTIMIZE d."t" REWRITE DATA USING BIN_PACK', f"line 1:1: mismatched input 'OPTIMIZE'. Expecting: {STATEMENT}"),
    ('DESCRIBE EXTENDED "t"', "line 1:19: mismatched input '\"t\"'. Expecting: '.', <EOF>"),
]

REFUSED_ANYWAY = [
    'DESCRIBE a.b.c."t"',
    'DROP TABLE "a".b.c.d',
    'ALTER TABLE a.b."t" ADD COLUMN c int',
    'CREATE TABLE "t" (n int)',
    'CREATE TABLE IF NOT EXISTS a."t" (n int)',
]

# Athena's Trino side, where double quotes belong.
ACCEPTED = ['CREATE TABLE "t" AS SELECT 1', 'CREATE VIEW "v" AS SELECT 1', 'DROP VIEW "v"', 'SHOW CREATE VIEW d."v"']


@pytest.mark.parametrize(("text", "message"), REFUSALS)
def test_a_strict_parse_refuses_a_quoted_name_in_athenas_words(text: str, message: str) -> None:
    assert str(_refusal(text)) == message


def _refusal(text: str) -> OwlakeError | None:
    """The refusal; of DESCRIBE and SHOW COLUMNS it waits in the tree, as they may name a view."""
    try:
        statement = parse(text, strict=True)
    except OwlakeError as refused:
        return refused
    assert isinstance(statement, Describe | ShowColumns)
    return statement.refused


@pytest.mark.parametrize("text", [text for text, _ in REFUSALS if text not in REFUSED_ANYWAY])
def test_otherwise_a_quoted_name_is_a_name(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("text", ACCEPTED)
def test_the_trino_side_takes_double_quotes(text: str) -> None:
    parse(text, strict=True)


@pytest.mark.parametrize("text", ["DROP TABLE `t`", "DESCRIBE `d`.`t`", "OPTIMIZE `t` REWRITE DATA USING BIN_PACK"])
def test_backticks_are_the_quotes_of_ddl(text: str) -> None:
    parse(text, strict=True)
