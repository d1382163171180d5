"""ALTER TABLE of the Hive side, and Athena's texts for the forms that it does not have."""

from __future__ import annotations

from collections.abc import Callable

from owlake.dialect import refusals
from owlake.dialect.cursor import Cursor
from owlake.dialect.hive.create import column, columns
from owlake.dialect.hive.names import (
    identifier,
    is_word,
    properties,
    string,
    table_name,
)
from owlake.dialect.keywords import words
from owlake.dialect.nodes.base import Identifier, Position, QualifiedName
from owlake.dialect.nodes.hive import (
    AddColumns,
    AddPartitions,
    AlterTable,
    ChangeColumn,
    ColumnDefinition,
    DropColumn,
    DropPartitions,
    PartitionSpec,
    RenamePartition,
    RenameTable,
    ReplaceColumns,
    SetLocation,
    SetTableProperties,
    UnsetTableProperties,
)
from owlake.dialect.tokens import DECIMAL, INTEGER, QUOTED_NAME, STRING, Tokens
from owlake.errors import OwlakeError

# What Trino's grammar has behind ``ALTER TABLE t``.
_TRINO_ACTIONS = (".", "ADD", "DROP", "EXECUTE", "RENAME", "SET")
_TRINO_FORMS = frozenset(
    {("ADD", "COLUMN"), ("DROP", "COLUMN"), ("RENAME", "TO"), ("RENAME", "COLUMN")}
    | {("SET", "PROPERTIES"), ("SET", "AUTHORIZATION")}
)

# Forms of Hive's that Athena knows and does not run (https://docs.aws.amazon.com/athena/latest/ug/unsupported-ddl.html).
_UNSUPPORTED = frozenset(
    words("ARCHIVE UNARCHIVE CLUSTERED COMPACT CONCATENATE EXCHANGE NOT SKEWED TOUCH FILEFORMAT SERDE SERDEPROPERTIES")
)


def alter_table(cursor: Cursor) -> AlterTable:
    """``ALTER TABLE t ...``."""
    position = cursor.position
    cursor.expect("ALTER", "TABLE")
    if cursor.kind == "IF" and cursor.peek() == "EXISTS":
        raise _conditional(cursor)
    name = table_name(cursor, (_quoted, _quoted, _quoted), refusals.no_viable_alternative)
    if cursor.kind in _UNSUPPORTED or (cursor.kind == "SET" and cursor.peek() in _UNSUPPORTED):
        raise refusals.not_supported()
    if cursor.kind in ("ALTER", "EXECUTE") or (cursor.kind == "REPLACE" and cursor.peek() == "COLUMN"):
        raise _no_such_action(cursor)
    if cursor.kind == "PARTITION":
        partition = partition_spec(cursor)
        actions = _PARTITION_ACTIONS
    else:
        cursor.note("PARTITION")
        partition = None
        actions = _ACTIONS
    return actions[cursor.expect_one_of(*actions)](cursor, position, name, partition)


def _columns(cursor: Cursor) -> tuple[ColumnDefinition, ...]:
    unknown: list[OwlakeError] = []
    items = columns(cursor, unknown)
    for problem in unknown:
        raise problem
    return items


def _add(cursor: Cursor, position: Position, name: QualifiedName, partition: PartitionSpec | None) -> AlterTable:
    if cursor.accept("COLUMNS"):
        return AddColumns(position, name, partition, _columns(cursor))
    if partition is not None:
        cursor.fail()
    if_not_exists = cursor.accept("IF")
    if if_not_exists:
        cursor.expect("NOT", "EXISTS")
    partitions = [_located(cursor)]
    while cursor.kind == "PARTITION":
        partitions.append(_located(cursor))
    return AddPartitions(position, name, if_not_exists, tuple(partitions))


def _located(cursor: Cursor) -> tuple[PartitionSpec, str | None]:
    spec = partition_spec(cursor)
    return spec, string(cursor) if cursor.accept("LOCATION") else None


def _replace(
    cursor: Cursor, position: Position, name: QualifiedName, partition: PartitionSpec | None
) -> ReplaceColumns:
    cursor.expect("COLUMNS")
    return ReplaceColumns(position, name, partition, _columns(cursor))


def _drop(
    cursor: Cursor, position: Position, name: QualifiedName, _: PartitionSpec | None
) -> DropPartitions | DropColumn:
    if cursor.accept("COLUMN"):
        if cursor.kind == "IF" and cursor.peek() == "EXISTS":
            raise refusals.mismatched(cursor.tokens, cursor.index + 1, ["<EOF>", "."])
        return DropColumn(position, name, identifier(cursor))
    if cursor.kind == "COLUMNS":
        raise refusals.trino_mismatched(cursor.tokens, cursor.index, ".", "DROP")
    if_exists = cursor.accept("IF")
    if if_exists:
        cursor.expect("EXISTS")
    partitions = [partition_spec(cursor)]
    while cursor.accept(","):
        partitions.append(partition_spec(cursor))
    return DropPartitions(position, name, if_exists, tuple(partitions))


def _rename(
    cursor: Cursor, position: Position, name: QualifiedName, partition: PartitionSpec | None
) -> RenamePartition | RenameTable:
    if partition is not None:
        cursor.expect("TO")
        return RenamePartition(position, name, partition, partition_spec(cursor))
    if cursor.kind == "COLUMN":
        raise refusals.missing(cursor.tokens, cursor.index, "TO")
    cursor.expect("TO")
    start = cursor.position
    parts: list[Identifier] = [identifier(cursor)]
    if cursor.accept("."):
        parts.append(identifier(cursor))
    if cursor.kind == ".":
        raise refusals.mismatched_one(cursor.tokens, cursor.index, "<EOF>")
    return RenameTable(position, name, QualifiedName(start, tuple(parts)))


def _set(
    cursor: Cursor, position: Position, name: QualifiedName, partition: PartitionSpec | None
) -> SetLocation | SetTableProperties:
    if cursor.accept("LOCATION"):
        return SetLocation(position, name, partition, string(cursor))
    if partition is not None:
        cursor.fail("LOCATION")
    cursor.expect("TBLPROPERTIES")
    return SetTableProperties(position, name, properties(cursor))


def _change(cursor: Cursor, position: Position, name: QualifiedName, _: PartitionSpec | None) -> ChangeColumn:
    # COLUMN may be left out, and may be the column's own name.
    type_or_end = cursor.peek(3)
    if cursor.kind == "COLUMN" and is_word(type_or_end) and type_or_end not in ("COMMENT", "FIRST", "AFTER"):
        cursor.advance()
    old_name = identifier(cursor)
    unknown: list[OwlakeError] = []
    definition = column(cursor, unknown)
    first = cursor.accept("FIRST")
    after = identifier(cursor) if not first and cursor.accept("AFTER") else None
    for problem in unknown:
        raise problem
    return ChangeColumn(position, name, old_name, definition, first, after)


def _unset(cursor: Cursor, position: Position, name: QualifiedName, _: PartitionSpec | None) -> UnsetTableProperties:
    cursor.expect("TBLPROPERTIES", "(")
    keys = [string(cursor)]
    while cursor.accept(","):
        keys.append(string(cursor))
    cursor.expect(")")
    return UnsetTableProperties(position, name, tuple(keys))


_Action = Callable[[Cursor, Position, QualifiedName, PartitionSpec | None], AlterTable]

_ACTIONS: dict[str, _Action] = {
    "ADD": _add,
    "CHANGE": _change,
    "DROP": _drop,
    "RENAME": _rename,
    "REPLACE": _replace,
    "SET": _set,
    "UNSET": _unset,
}
_PARTITION_ACTIONS: dict[str, _Action] = {action: _ACTIONS[action] for action in ("ADD", "RENAME", "REPLACE", "SET")}


def partition_spec(cursor: Cursor) -> PartitionSpec:
    """``PARTITION (a = 'x', b = 1)``."""
    position = cursor.position
    cursor.expect("PARTITION", "(")
    values = [_partition_value(cursor)]
    while cursor.accept(","):
        values.append(_partition_value(cursor))
    cursor.expect(")")
    return PartitionSpec(position, tuple(values))


def _partition_value(cursor: Cursor) -> tuple[Identifier, str]:
    name = identifier(cursor)
    cursor.expect("=")
    if cursor.kind in ("DATE", "TIMESTAMP") and cursor.peek() in (STRING, QUOTED_NAME):
        cursor.advance()
    sign = "-" if cursor.accept("-") else ""
    if cursor.kind in (INTEGER, DECIMAL):
        return name, sign + cursor.tokens.spelling(cursor.advance())
    if sign:
        cursor.fail(INTEGER)
    return name, string(cursor)


def _conditional(cursor: Cursor) -> OwlakeError:
    """``ALTER TABLE IF EXISTS``, which Athena has for no action; the text depends on the one that follows."""
    tokens = cursor.tokens
    exists = cursor.index + 1
    cursor.expect("IF", "EXISTS")
    table_name(cursor, (_quoted, _quoted, _quoted), refusals.no_viable_alternative)
    action, object_ = cursor.kind, cursor.peek()
    if (action, object_) in (("ADD", "COLUMN"), ("DROP", "COLUMN")) or action == "RENAME":
        return refusals.no_viable_alternative(tokens, exists)
    if action in ("ADD", "DROP"):
        return refusals.trino_mismatched(tokens, cursor.index + 1, ".", action)
    return refusals.trino_mismatched(tokens, cursor.index, ".", "ADD", "DROP", "RENAME")


def _no_such_action(cursor: Cursor) -> OwlakeError:
    if cursor.kind == "EXECUTE":
        return refusals.no_viable_alternative(cursor.tokens, cursor.index)
    return refusals.trino_mismatched(cursor.tokens, cursor.index, *_TRINO_ACTIONS)


def _quoted(tokens: Tokens, index: int, name: int) -> OwlakeError:
    """A quoted name: Hive's text for what Trino's grammar takes, Trino's for the rest."""
    action = _behind_name(tokens, name)
    first, second = tokens.kinds[action], tokens.kinds[action + 1]
    if (first, second) in _TRINO_FORMS or first == "EXECUTE":
        return refusals.no_viable_alternative(tokens, index)
    if first in _TRINO_ACTIONS:
        return refusals.trino_mismatched(tokens, action + 1, ".", first)
    return refusals.trino_mismatched(tokens, action, *_TRINO_ACTIONS)


def _behind_name(tokens: Tokens, index: int) -> int:
    while tokens.kinds[index + 1] == ".":
        index += 2
    return index + 1
