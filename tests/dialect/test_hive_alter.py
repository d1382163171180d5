"""ALTER TABLE of the Hive side, and the forms of it that Athena refuses."""

import pytest

from owlake.dialect.parser import parse
from owlake.errors import OwlakeError
from tests.dialect.rendering import render

TREES = [
    (
        "ALTER TABLE t ADD PARTITION (a = 'x', b = 1) LOCATION 's3://b/' PARTITION (a=\"y\", b=-2.5)",
        (
            "(add-partitions name:t partitions:[[(partition-spec values:[[a x] [b 1]]) s3://b/] "
            "[(partition-spec values:[[a y] [b -2.5]]) -]])"
        ),
    ),
    (
        "ALTER TABLE d.t ADD IF NOT EXISTS PARTITION (`a`=DATE '2020-01-01')",
        '(add-partitions name:d.t if_not_exists partitions:[[(partition-spec values:[["a" 2020-01-01]]) -]])',
    ),
    (
        "ALTER TABLE t DROP IF EXISTS PARTITION (a='x'), PARTITION (a='y')",
        (
            "(drop-partitions name:t if_exists partitions:[(partition-spec values:[[a x]]) (partition-spec "
            "values:[[a y]])])"
        ),
    ),
    (
        "ALTER TABLE t PARTITION (a='x') RENAME TO PARTITION (a='y')",
        "(rename-partition name:t source:(partition-spec values:[[a x]]) target:(partition-spec values:[[a y]]))",
    ),
    (
        "ALTER TABLE t ADD COLUMNS (a int COMMENT 'c', b ARRAY<INT>)",
        (
            "(add-columns name:t columns:[(column-definition name:a type:int comment:c) "
            "(column-definition name:b type:array<int>)])"
        ),
    ),
    (
        "ALTER TABLE t PARTITION (p=1) ADD COLUMNS (a int)",
        "(add-columns name:t partition:(partition-spec values:[[p 1]]) columns:[(column-definition name:a type:int)])",
    ),
    ("ALTER TABLE t REPLACE COLUMNS (a int)", "(replace-columns name:t columns:[(column-definition name:a type:int)])"),
    (
        "ALTER TABLE t CHANGE COLUMN a b bigint COMMENT 'c' AFTER d",
        "(change-column name:t old_name:a column:(column-definition name:b type:bigint comment:c) after:d)",
    ),
    (
        "ALTER TABLE t CHANGE a b decimal(3,1) FIRST",
        "(change-column name:t old_name:a column:(column-definition name:b type:decimal(3,1)) first)",
    ),
    (
        "ALTER TABLE t CHANGE COLUMN column b int",
        "(change-column name:t old_name:column column:(column-definition name:b type:int))",
    ),
    (
        "ALTER TABLE t CHANGE column b int",
        "(change-column name:t old_name:column column:(column-definition name:b type:int))",
    ),
    ("ALTER TABLE t DROP COLUMN a", "(drop-column name:t column:a)"),
    ("ALTER TABLE a.t RENAME TO b.u", "(rename-table name:a.t target:b.u)"),
    ("ALTER TABLE t SET LOCATION 's3://b/'", "(set-location name:t location:s3://b/)"),
    (
        "ALTER TABLE t PARTITION (a='x') SET LOCATION 's3://b/'",
        "(set-location name:t partition:(partition-spec values:[[a x]]) location:s3://b/)",
    ),
    ("ALTER TABLE t SET TBLPROPERTIES ('a'='b')", "(set-table-properties name:t properties:[[a b]])"),
    ("ALTER TABLE t UNSET TBLPROPERTIES ('a', 'b')", "(unset-table-properties name:t keys:[a b])"),
]

FORMS = "'.', 'ADD', 'DROP', 'EXECUTE', 'RENAME', 'SET'"

REFUSALS = [
    ("ALTER TABLE IF EXISTS t ADD COLUMN c int", "line 1:16: no viable alternative at input 'ALTER TABLE IF EXISTS'"),
    ("ALTER TABLE IF EXISTS t DROP COLUMN c", "line 1:16: no viable alternative at input 'ALTER TABLE IF EXISTS'"),
    ("ALTER TABLE IF EXISTS t RENAME TO u", "line 1:16: no viable alternative at input 'ALTER TABLE IF EXISTS'"),
    (
        "ALTER TABLE IF EXISTS t SET LOCATION 'x'",
        "line 1:25: mismatched input 'SET'. Expecting: '.', 'ADD', 'DROP', 'RENAME'",
    ),
    (
        "ALTER TABLE IF EXISTS a.t EXECUTE x",
        "line 1:27: mismatched input 'EXECUTE'. Expecting: '.', 'ADD', 'DROP', 'RENAME'",
    ),
    (
        "ALTER TABLE IF EXISTS t ALTER COLUMN c",
        "line 1:25: mismatched input 'ALTER'. Expecting: '.', 'ADD', 'DROP', 'RENAME'",
    ),
    ("ALTER TABLE IF EXISTS t ADD COLUMNS (c int)", "line 1:29: mismatched input 'COLUMNS'. Expecting: '.', 'ADD'"),
    ("ALTER TABLE t ADD COLUMN c int", "line 1:19: no viable alternative at input 'ALTER TABLE t ADD COLUMN'"),
    ("ALTER TABLE t DROP COLUMNS (c)", "line 1:20: mismatched input 'COLUMNS'. Expecting: '.', 'DROP'"),
    ("ALTER TABLE t RENAME COLUMN a TO b", "line 1:22: missing 'TO' at 'COLUMN'"),
    ("ALTER TABLE t SET PROPERTIES a = 1", "line 1:19: no viable alternative at input 'ALTER TABLE t SET PROPERTIES'"),
    (
        "ALTER TABLE t SET AUTHORIZATION u",
        "line 1:19: no viable alternative at input 'ALTER TABLE t SET AUTHORIZATION'",
    ),
    ("ALTER TABLE t EXECUTE optimize", "line 1:15: no viable alternative at input 'ALTER TABLE t EXECUTE'"),
    ("ALTER TABLE t ALTER COLUMN c", f"line 1:15: mismatched input 'ALTER'. Expecting: {FORMS}"),
    ("ALTER TABLE t REPLACE COLUMN (c int)", f"line 1:15: mismatched input 'REPLACE'. Expecting: {FORMS}"),
    ("ALTER TABLE t DROP COLUMN IF EXISTS c", "line 1:30: mismatched input 'EXISTS' expecting {<EOF>, '.'}"),
    ("ALTER TABLE t RENAME TO a.b.c", "line 1:28: mismatched input '.' expecting <EOF>"),
    ("ALTER TABLE a.b.c.d RENAME TO u", "line 1:18: no viable alternative at input 'ALTER TABLE a.b.c.'"),
    ("ALTER TABLE t TOUCH", "Queries of this type are not supported"),
    ("ALTER TABLE t SET FILEFORMAT ORC", "Queries of this type are not supported"),
    (
        "ALTER TABLE t ADD PARTITION (a='x'), PARTITION (a='y')",
        "line 1:36: no viable alternative at input 'ALTER TABLE t ADD PARTITION (a='x'),'",
    ),
    (
        "ALTER TABLE t DROP PARTITION (a > 'x')",
        "line 1:33: no viable alternative at input 'ALTER TABLE t DROP PARTITION (a >'",
    ),
    (
        "ALTER TABLE t PARTITION (a='x') CHANGE COLUMN a b int",
        "line 1:33: no viable alternative at input 'ALTER TABLE t PARTITION (a='x') CHANGE'",
    ),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_an_alteration_has_its_tree(text: str, tree: str) -> None:
    assert render(parse(text)) == tree


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("text", "message"), REFUSALS)
def test_an_alteration_that_athena_does_not_have_is_refused_in_its_words(text: str, message: str, strict: bool) -> None:
    with pytest.raises(OwlakeError) as refused:
        parse(text, strict=strict)
    assert str(refused.value) == message
