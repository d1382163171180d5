"""owlake's own statements over streams: a stream is a table that is written to without end, a pump reads it so."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.nodes.base import Statement
from owlake.dialect.nodes.statements import (
    AddStreamColumn,
    CreatePump,
    CreateStream,
    DropPump,
    DropStream,
    DropStreamColumn,
    SetStreamProperties,
    ShowCreateStream,
    ShowStreams,
    StreamColumn,
)
from owlake.dialect.trino import changes, statements
from owlake.dialect.trino.literals import string
from owlake.dialect.trino.names import expect_words, identifier, qualified_name
from owlake.dialect.trino.types import data_type


def create_stream(cursor: Cursor) -> CreateStream:
    """``CREATE STREAM [IF NOT EXISTS] s [(name type [COMMENT 'c'], ...)] [WITH (...)]``."""
    position = cursor.position
    expect_words(cursor, "CREATE", "STREAM")
    exists = statements.if_not_exists(cursor)
    name = qualified_name(cursor)
    columns = _columns(cursor)
    properties = statements.properties(cursor) if cursor.accept("WITH") else ()
    return CreateStream(position, name, exists, columns, properties)


def _columns(cursor: Cursor) -> tuple[StreamColumn, ...]:
    if not cursor.accept("("):
        return ()
    columns = [_column(cursor)]
    while cursor.accept(","):
        columns.append(_column(cursor))
    cursor.expect(")")
    return tuple(columns)


def _column(cursor: Cursor) -> StreamColumn:
    position = cursor.position
    name = identifier(cursor)
    type_ = data_type(cursor)
    return StreamColumn(position, name, type_, string(cursor).value if cursor.accept("COMMENT") else None)


def alter_stream(cursor: Cursor) -> Statement:
    """``ALTER STREAM s SET PROPERTIES property = value, ... | ADD COLUMN name type | DROP COLUMN name``."""
    position = cursor.position
    expect_words(cursor, "ALTER", "STREAM")
    name = qualified_name(cursor)
    match cursor.expect_one_of("SET", "ADD", "DROP"):
        case "SET":
            expect_words(cursor, "PROPERTIES")
            return SetStreamProperties(position, name, statements.listed_properties(cursor))
        case "ADD":
            cursor.expect("COLUMN")
            exists = statements.if_not_exists(cursor)
            return AddStreamColumn(position, name, exists, _column(cursor))
    cursor.expect("COLUMN")
    exists = statements.if_exists(cursor)
    return DropStreamColumn(position, name, exists, identifier(cursor))


def drop_stream(cursor: Cursor) -> DropStream:
    """``DROP STREAM [IF EXISTS] s``."""
    position = cursor.position
    expect_words(cursor, "DROP", "STREAM")
    exists = statements.if_exists(cursor)
    return DropStream(position, qualified_name(cursor), exists)


def show_create_stream(cursor: Cursor) -> ShowCreateStream:
    """``SHOW CREATE STREAM s``."""
    position = cursor.position
    expect_words(cursor, "SHOW", "CREATE", "STREAM")
    return ShowCreateStream(position, qualified_name(cursor))


def show_streams(cursor: Cursor) -> ShowStreams:
    """``SHOW STREAMS [FROM schema] [LIKE 'pattern' [ESCAPE 'e']]``."""
    position = cursor.position
    expect_words(cursor, "SHOW", "STREAMS")
    schema = qualified_name(cursor) if cursor.accept("FROM") or cursor.accept("IN") else None
    pattern = string(cursor).value if cursor.accept("LIKE") else None
    escape = string(cursor).value if pattern is not None and cursor.accept("ESCAPE") else None
    return ShowStreams(position, schema, pattern, escape)


def create_pump(cursor: Cursor) -> CreatePump:
    """``CREATE [OR REPLACE] PUMP p AS INSERT INTO s query``."""
    position = cursor.position
    cursor.expect("CREATE")
    replace = statements.or_replace(cursor)
    expect_words(cursor, "PUMP")
    name = qualified_name(cursor)
    cursor.expect("AS")
    start = cursor.index
    insert = changes.insert(cursor)
    return CreatePump(position, name, replace, insert, cursor.text_from(start))


def drop_pump(cursor: Cursor) -> DropPump:
    """``DROP PUMP [IF EXISTS] p``."""
    position = cursor.position
    expect_words(cursor, "DROP", "PUMP")
    exists = statements.if_exists(cursor)
    return DropPump(position, qualified_name(cursor), exists)
