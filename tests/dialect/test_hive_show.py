"""SHOW, DESCRIBE, DROP TABLE and MSCK of the Hive side."""

import pytest

from owlake.dialect.parser import parse
from owlake.errors import OwlakeError
from tests.dialect.rendering import render

TREES = [
    ("SHOW DATABASES", "(show-databases)"),
    ("SHOW SCHEMAS LIKE 'a.*'", "(show-databases pattern:a.*)"),
    ("SHOW SCHEMAS FROM c LIKE 'a.*'", "(show-databases pattern:a.* catalog:c)"),
    ("SHOW TABLES", "(show-tables)"),
    ("SHOW TABLES IN d 'a*|b'", "(show-tables database:d pattern:a*|b)"),
    ("SHOW TABLES FROM c.d LIKE 'a*'", "(show-tables database:c.d pattern:a*)"),
    ("SHOW VIEWS IN d LIKE 'a*'", "(show-views database:d pattern:a*)"),
    ("SHOW COLUMNS IN d.t", "(show-columns table:d.t)"),
    ("SHOW COLUMNS FROM t FROM d", "(show-columns table:d.t)"),
    ("SHOW PARTITIONS d.t", "(show-partitions table:d.t)"),
    ("SHOW TBLPROPERTIES t", "(show-table-properties table:t)"),
    ("SHOW TBLPROPERTIES t('a')", "(show-table-properties table:t key:a)"),
    ("SHOW CREATE TABLE `d`.`t`", '(show-create-table table:"d"."t")'),
    ("SHOW CREATE TABLE `d.t`", '(show-create-table table:"d"."t")'),
    ("DROP TABLE t", "(drop-table name:t)"),
    ("DROP TABLE IF EXISTS d.t PURGE", "(drop-table name:d.t if_exists)"),
    ("MSCK REPAIR TABLE c.d.t", "(repair-table name:c.d.t)"),
    ("DESCRIBE t", "(describe table:t)"),
    ("DESC FORMATTED d.t", "(describe table:d.t mode:FORMATTED)"),
    (
        "DESCRIBE EXTENDED t PARTITION (a='x') b",
        "(describe table:t mode:EXTENDED partition:(partition-spec values:[[a x]]) column:[b])",
    ),
    ("DESCRIBE t a.b.$elem$.'$key$'", "(describe table:t column:[a b $elem$ $key$])"),
    ("DESCRIBE EXTENDED", "(describe table:EXTENDED)"),
    ("DESCRIBE TABLE t", "(describe table:TABLE column:[t])"),
    ("DESCRIBE input", "(describe table:input)"),
    ("SHOW /* c */ TABLES -- d", "(show-tables)"),
]

REFUSALS = [
    ("DESCRIBE a.b.c.D", "Invalid table name a.b.c.d"),
    ("SHOW COLUMNS IN a.b.c.d", "Invalid table name a.b.c.d"),
    ("SHOW CREATE TABLE a.b.c.d", "Invalid table name a.b.c.d"),
    ("DROP TABLE a.b.c.d", "line 1:17: mismatched input '.' expecting {<EOF>, 'PURGE'}"),
    ("SHOW TABLES IN a.b.c", "line 1:19: mismatched input '.' expecting {<EOF>, 'LIKE', STRING}"),
    ('SHOW TABLES IN a.b."c"', "line 1:19: extraneous input '.' expecting {<EOF>, 'LIKE', STRING}"),
    ("SHOW SESSION", "line 1:6: no viable alternative at input 'SHOW SESSION'"),
    ("SHOW ROLES", "Queries of this type are not supported"),
    ("DESCRIBE DATABASE d", "Queries of this type are not supported"),
    ("DESCRIBE INPUT p", "Queries of this type are not supported"),
    ("SHOW COLUMNS IN t LIKE 'a'", "line 1:19: no viable alternative at input 'SHOW COLUMNS IN t LIKE'"),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_a_statement_that_shows_or_drops_has_its_tree(text: str, tree: str) -> None:
    assert render(parse(text)) == tree


@pytest.mark.parametrize(("text", "message"), REFUSALS)
def test_what_athena_does_not_show_is_refused_in_its_words(text: str, message: str) -> None:
    with pytest.raises(OwlakeError) as refused:
        parse(text)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SHOW STATS FOR t", "line 1:6: no viable alternative at input 'SHOW STATS'"),
        ("ANALYZE t", "Queries of this type are not supported"),
    ],
)
def test_statistics_are_refused_where_athenas_limits_hold(text: str, message: str) -> None:
    parse(text)
    with pytest.raises(OwlakeError) as refused:
        parse(text, strict=True)
    assert str(refused.value) == message
