"""Statements of the Hive side: databases, tables, SHOW, DESCRIBE, MSCK."""

from __future__ import annotations

from collections.abc import Callable

from owlake.dialect import refusals
from owlake.dialect.cursor import Cursor
from owlake.dialect.hive.alter import alter_table, partition_spec
from owlake.dialect.hive.create import create_table
from owlake.dialect.hive.names import (
    Shapes,
    identifier,
    kind_refused,
    name_input,
    name_wanted,
    optional_string,
    properties,
    string,
    table_name,
    whole_input,
)
from owlake.dialect.nodes.base import QualifiedName, Statement
from owlake.dialect.nodes.hive import (
    AlterDatabase,
    CreateDatabase,
    Describe,
    DropDatabase,
    DropTable,
    RepairTable,
    ShowColumns,
    ShowCreateTable,
    ShowDatabases,
    ShowPartitions,
    ShowTableProperties,
    ShowTables,
    ShowViews,
)
from owlake.dialect.tokens import END, QUOTED_NAME, STRING, Tokens
from owlake.errors import OwlakeError

_DESCRIBED: Shapes = (whole_input, name_input, name_wanted)
_NAMED: Shapes = (name_wanted, name_input, name_wanted)
_WANTED: Shapes = (name_wanted, name_wanted, name_wanted)
_WHOLE: Shapes = (whole_input, whole_input, whole_input)
_REFUSED: Shapes = (kind_refused, kind_refused, kind_refused)


def statement(cursor: Cursor) -> Statement:
    """Any statement of the Hive side."""
    read = _STATEMENTS.get((cursor.kind, cursor.peek())) or _STATEMENTS.get((cursor.kind, ""))
    if read is None:
        if all(first != cursor.kind for first, _ in _STATEMENTS):
            cursor.fail(*sorted({first for first, _ in _STATEMENTS}))
        first = cursor.kind
        cursor.advance()
        cursor.fail(*sorted(second for kind, second in _STATEMENTS if kind == first))
    return read(cursor)


def _create_database(cursor: Cursor) -> CreateDatabase:
    position = cursor.position
    cursor.expect("CREATE")
    cursor.advance()
    if_not_exists = cursor.accept("IF")
    if if_not_exists:
        cursor.expect("NOT", "EXISTS")
    name = table_name(cursor, _WHOLE)
    comment = optional_string(cursor, "COMMENT")
    location = optional_string(cursor, "LOCATION")
    return CreateDatabase(position, name, if_not_exists, comment, location, _database_properties(cursor))


def _database_properties(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    if not cursor.accept("WITH"):
        return ()
    cursor.expect("DBPROPERTIES")
    return properties(cursor)


def _alter_database(cursor: Cursor) -> AlterDatabase:
    position = cursor.position
    cursor.expect("ALTER")
    cursor.advance()
    name = table_name(cursor, _WHOLE)
    cursor.expect("SET", "DBPROPERTIES")
    return AlterDatabase(position, name, properties(cursor))


def _drop_database(cursor: Cursor) -> DropDatabase:
    position = cursor.position
    cursor.expect("DROP")
    cursor.advance()
    if_exists = _if_exists(cursor)
    name = table_name(cursor, _WANTED)
    cascade = cursor.accept("CASCADE")
    if not cascade:
        cursor.accept("RESTRICT")
    return DropDatabase(position, name, if_exists, cascade)


def _if_exists(cursor: Cursor) -> bool:
    if not cursor.accept("IF"):
        return False
    cursor.expect("EXISTS")
    return True


def _drop_table(cursor: Cursor) -> DropTable:
    position = cursor.position
    cursor.expect("DROP", "TABLE")
    if_exists = _if_exists(cursor)
    name = table_name(cursor, _NAMED, _fourth_of_dropped)
    cursor.accept("PURGE")
    return DropTable(position, name, if_exists)


def _fourth_of_dropped(tokens: Tokens, index: int) -> OwlakeError:
    return refusals.mismatched(tokens, index, [END, "PURGE"])


def _repair_table(cursor: Cursor) -> RepairTable:
    position = cursor.position
    cursor.expect("MSCK", "REPAIR", "TABLE")
    return RepairTable(position, table_name(cursor, (_trino_start, _trino_start, _trino_start)))


def _trino_start(tokens: Tokens, _index: int, _name: int) -> OwlakeError:
    """Where both grammars refuse, Athena shows Trino's text, and Trino has no such statement."""
    return refusals.trino_mismatched(tokens, 0, *refusals.STATEMENT_STARTS)


def _show_databases(cursor: Cursor) -> ShowDatabases:
    position = cursor.position
    cursor.expect("SHOW")
    cursor.advance()
    catalog = None
    if not cursor.strict and cursor.kind in ("IN", "FROM"):
        cursor.advance()
        catalog = identifier(cursor)
    return ShowDatabases(position, optional_string(cursor, "LIKE"), catalog)


def _show_tables(cursor: Cursor) -> ShowTables:
    position = cursor.position
    cursor.expect("SHOW", "TABLES")
    database = _in_database(cursor)
    if cursor.accept("LIKE"):
        return ShowTables(position, database, string(cursor))
    pattern = string(cursor) if cursor.kind in (STRING, QUOTED_NAME) else None
    cursor.note("<string>")
    return ShowTables(position, database, pattern)


def _show_views(cursor: Cursor) -> ShowViews:
    position = cursor.position
    cursor.expect("SHOW", "VIEWS")
    database = _in_database(cursor)
    return ShowViews(position, database, optional_string(cursor, "LIKE"))


def _in_database(cursor: Cursor) -> QualifiedName | None:
    """``{IN | FROM} [catalog.]database``."""
    if cursor.kind not in ("IN", "FROM"):
        cursor.note("IN", "FROM")
        return None
    cursor.advance()
    start = cursor.index
    second_dot = start + 3
    if cursor.kinds[start + 1] == "." and cursor.kinds[second_dot] == ".":
        refuse = refusals.extraneous if cursor.kinds[second_dot + 1] == QUOTED_NAME else refusals.mismatched
        raise refuse(cursor.tokens, second_dot, [END, "LIKE", "STRING"])
    return table_name(cursor, _WANTED)


def _show_columns(cursor: Cursor) -> ShowColumns:
    position = cursor.position
    cursor.expect("SHOW", "COLUMNS")
    cursor.expect_one_of("FROM", "IN")
    refused: list[OwlakeError] = []
    table = table_name(cursor, _NAMED, later=refused)
    if cursor.kind in ("FROM", "IN"):
        cursor.advance()
        database = table_name(cursor, _WANTED)
        table = QualifiedName(table.position, (*database.parts, *table.parts))
    return ShowColumns(position, table, next(iter(refused), None))


def _show_partitions(cursor: Cursor) -> ShowPartitions:
    position = cursor.position
    cursor.expect("SHOW", "PARTITIONS")
    return ShowPartitions(position, table_name(cursor, _WANTED))


def _show_table_properties(cursor: Cursor) -> ShowTableProperties:
    position = cursor.position
    cursor.expect("SHOW", "TBLPROPERTIES")
    table = table_name(cursor, _WANTED)
    key = None
    if cursor.accept("("):
        key = string(cursor)
        cursor.expect(")")
    return ShowTableProperties(position, table, key)


def _show_create_table(cursor: Cursor) -> ShowCreateTable:
    position = cursor.position
    cursor.expect("SHOW", "CREATE", "TABLE")
    return ShowCreateTable(position, table_name(cursor, _REFUSED))


def _describe(cursor: Cursor) -> Describe:
    position = cursor.position
    cursor.advance()
    mode = None
    # Without a name behind it, the word is one.
    if cursor.kind in ("EXTENDED", "FORMATTED") and cursor.peek() not in (END, "."):
        mode = cursor.kind
        cursor.advance()
    shapes = _DESCRIBED if mode is None else (_trino_name, _trino_name, _trino_name)
    refused: list[OwlakeError] = []
    table = table_name(cursor, shapes, any_word=True, later=refused if mode is None else None)
    partition = None
    if cursor.kind == "PARTITION" and cursor.peek() == "(":
        partition = partition_spec(cursor)
    cursor.note("PARTITION", "<identifier>")
    column = () if cursor.kind == END else _column_path(cursor)
    return Describe(position, table, mode, partition, column, next(iter(refused), None))


def _trino_name(tokens: Tokens, index: int, _name: int) -> OwlakeError:
    """Trino reads ``DESCRIBE extended`` as a whole and wants nothing behind it."""
    return refusals.trino_mismatched(tokens, index, ".", END)


def _column_path(cursor: Cursor) -> tuple[str, ...]:
    """``column.field.$elem$``."""
    path = [_path_part(cursor)]
    while cursor.accept("."):
        path.append(_path_part(cursor))
    return tuple(path)


def _path_part(cursor: Cursor) -> str:
    return string(cursor) if cursor.kind == STRING else identifier(cursor, any_word=True).name


_STATEMENTS: dict[tuple[str, str], Callable[[Cursor], Statement]] = {
    ("CREATE", "DATABASE"): _create_database,
    ("CREATE", "SCHEMA"): _create_database,
    ("CREATE", "TABLE"): create_table,
    ("CREATE", "EXTERNAL"): create_table,
    ("ALTER", "DATABASE"): _alter_database,
    ("ALTER", "SCHEMA"): _alter_database,
    ("ALTER", "TABLE"): alter_table,
    ("DROP", "DATABASE"): _drop_database,
    ("DROP", "SCHEMA"): _drop_database,
    ("DROP", "TABLE"): _drop_table,
    ("MSCK", ""): _repair_table,
    ("SHOW", "DATABASES"): _show_databases,
    ("SHOW", "SCHEMAS"): _show_databases,
    ("SHOW", "TABLES"): _show_tables,
    ("SHOW", "VIEWS"): _show_views,
    ("SHOW", "COLUMNS"): _show_columns,
    ("SHOW", "PARTITIONS"): _show_partitions,
    ("SHOW", "TBLPROPERTIES"): _show_table_properties,
    ("SHOW", "CREATE"): _show_create_table,
    ("DESCRIBE", ""): _describe,
    ("DESC", ""): _describe,
}
