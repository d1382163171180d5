"""CREATE TABLE of the Hive side, with every clause that Athena takes, in Athena's order."""

from __future__ import annotations

from owlake.dialect import refusals
from owlake.dialect.cursor import Cursor
from owlake.dialect.hive.names import (
    identifier,
    identifiers,
    optional_string,
    properties,
    string,
    table_name,
    whole_input,
    whole_number,
)
from owlake.dialect.hive.types import data_type
from owlake.dialect.nodes.base import Identifier
from owlake.dialect.nodes.hive import (
    ColumnDefinition,
    CreateTable,
    DelimitedRowFormat,
    FileFormat,
    PartitionTransform,
    Properties,
    SerDeRowFormat,
)
from owlake.dialect.tokens import END, INTEGER, Tokens
from owlake.errors import OwlakeError

# (https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html)
_TRANSFORMS = frozenset({"year", "month", "day", "hour", "bucket", "truncate"})
_WITH_ARGUMENT = frozenset({"bucket", "truncate"})
_FORMATS = ("SEQUENCEFILE", "TEXTFILE", "RCFILE", "ORC", "PARQUET", "AVRO", "ION")


def create_table(cursor: Cursor) -> CreateTable:
    """``CREATE [EXTERNAL] TABLE [IF NOT EXISTS] t (columns) ...``."""
    position = cursor.position
    cursor.expect("CREATE")
    external = cursor.accept("EXTERNAL")
    cursor.expect("TABLE")
    if_not_exists = cursor.accept("IF")
    if if_not_exists:
        cursor.expect("NOT", "EXISTS")
    name = table_name(cursor, (whole_input, whole_input, whole_input), _fourth_part)
    unknown: list[OwlakeError] = []
    table_columns = columns(cursor, unknown, external=external) if cursor.kind == "(" else ()
    cursor.note("(")
    comment = optional_string(cursor, "COMMENT")
    partition_columns, transforms = _partitioned_by(cursor, unknown)
    clustered_by, bucket_count = _clustered_by(cursor)
    row_format = _row_format(cursor)
    stored_as = _stored_as(cursor)
    location = optional_string(cursor, "LOCATION")
    table_properties = properties(cursor) if cursor.accept("TBLPROPERTIES") else ()
    # Hive's grammar knows WITH before a query, so that only what follows it does not fit.
    cursor.accept("WITH")
    if cursor.kind != END:
        cursor.fail(END)
    # Athena asks for a location before it asks what the types mean.
    if unknown and location is not None:
        raise unknown[0]
    return CreateTable(
        position,
        name,
        external,
        if_not_exists,
        table_columns,
        comment,
        partition_columns,
        transforms,
        clustered_by,
        bucket_count,
        row_format,
        stored_as,
        location,
        table_properties,
    )


def _fourth_part(tokens: Tokens, index: int) -> OwlakeError:
    return refusals.mismatched(tokens, index, refusals.CREATE_TABLE_CLAUSES)


def columns(cursor: Cursor, unknown: list[OwlakeError], *, external: bool = True) -> tuple[ColumnDefinition, ...]:
    """``(name type [COMMENT 'c'], ...)``."""
    cursor.expect("(")
    items = [column(cursor, unknown, any_word=not external)]
    while cursor.accept(","):
        items.append(column(cursor, unknown, any_word=not external))
    if cursor.kind == "NOT" and not external:
        _refuse_not_null(cursor)
    cursor.expect(")")
    return tuple(items)


def column(cursor: Cursor, unknown: list[OwlakeError], *, any_word: bool = False) -> ColumnDefinition:
    """``name type [COMMENT 'c']``; of a table that is not external Athena reads any word as a name, even LIKE."""
    position = cursor.position
    name = identifier(cursor, any_word=any_word)
    type_ = data_type(cursor, unknown)
    return ColumnDefinition(position, name, type_, optional_string(cursor, "COMMENT"))


def _refuse_not_null(cursor: Cursor) -> None:
    """With clauses that only Hive has, Athena shows the error of the other parser, which knows NOT NULL."""
    kinds, tokens = cursor.kinds, cursor.tokens
    for index in range(cursor.index, tokens.count):
        if kinds[index] == "LOCATION" and kinds[index - 1] in (")", "<string>"):
            raise refusals.trino_mismatched(tokens, index, "COMMENT", "WITH", "<EOF>")


def _partitioned_by(
    cursor: Cursor, unknown: list[OwlakeError]
) -> tuple[tuple[ColumnDefinition, ...], tuple[PartitionTransform, ...]]:
    """Typed columns (Hive), or transforms and columns of the list (Iceberg)."""
    if not cursor.accept("PARTITIONED"):
        return (), ()
    cursor.expect("BY")
    following = cursor.peek(2)
    if following not in (",", ")") and not (following == "(" and cursor.peek().lower() in _TRANSFORMS):
        return columns(cursor, unknown), ()
    cursor.expect("(")
    transforms = [_transform(cursor)]
    while cursor.accept(","):
        transforms.append(_transform(cursor))
    cursor.expect(")")
    return (), tuple(transforms)


def _transform(cursor: Cursor) -> PartitionTransform:
    position = cursor.position
    if cursor.peek() != "(":
        return PartitionTransform(position, "identity", identifier(cursor))
    name = cursor.kind.lower()
    if name not in _TRANSFORMS:
        cursor.fail(*sorted(_TRANSFORMS))
    cursor.advance()
    cursor.expect("(")
    source, argument = _transform_arguments(cursor) if name in _WITH_ARGUMENT else (identifier(cursor), None)
    cursor.expect(")")
    return PartitionTransform(position, name, source, argument)


def _transform_arguments(cursor: Cursor) -> tuple[Identifier, int]:
    """``4, c`` as documented for DDL, or ``c, 4`` as people know it from CTAS."""
    if cursor.kind == INTEGER:
        argument = whole_number(cursor)
        cursor.expect(",")
        return identifier(cursor), argument
    source = identifier(cursor)
    cursor.expect(",")
    return source, whole_number(cursor)


def _clustered_by(cursor: Cursor) -> tuple[tuple[Identifier, ...], int | None]:
    if not cursor.accept("CLUSTERED"):
        return (), None
    cursor.expect("BY")
    names = identifiers(cursor)
    cursor.expect("INTO")
    count = whole_number(cursor)
    cursor.expect("BUCKETS")
    return names, count


def _row_format(cursor: Cursor) -> DelimitedRowFormat | SerDeRowFormat | None:
    position = cursor.position
    if not cursor.accept("ROW"):
        return None
    cursor.expect("FORMAT")
    if cursor.accept("SERDE"):
        library = string(cursor)
        return SerDeRowFormat(position, library, _serde_properties(cursor))
    cursor.expect("DELIMITED")
    fields = _terminated(cursor, "FIELDS")
    escaped = None
    if fields is not None and cursor.accept("ESCAPED"):
        cursor.expect("BY")
        escaped = string(cursor)
    collection_items = _terminated(cursor, "COLLECTION", "ITEMS")
    map_keys = _terminated(cursor, "MAP", "KEYS")
    lines = _terminated(cursor, "LINES")
    null = None
    if cursor.accept("NULL"):
        cursor.expect("DEFINED", "AS")
        null = string(cursor)
    # Athena prints more than it reads: SHOW CREATE TABLE shows what has no clause of its own as properties.
    more = () if cursor.strict else _serde_properties(cursor)
    return DelimitedRowFormat(position, fields, escaped, collection_items, map_keys, lines, null, more)


def _serde_properties(cursor: Cursor) -> Properties:
    if not cursor.accept("WITH"):
        return ()
    cursor.expect("SERDEPROPERTIES")
    return properties(cursor)


def _terminated(cursor: Cursor, *words: str) -> str | None:
    """The delimiter of ``FIELDS TERMINATED BY 'c'`` and its like."""
    if not cursor.accept(words[0]):
        return None
    cursor.expect(*words[1:], "TERMINATED", "BY")
    return string(cursor)


def _stored_as(cursor: Cursor) -> FileFormat | None:
    position = cursor.position
    if not cursor.accept("STORED"):
        return None
    cursor.expect("AS")
    if cursor.accept("INPUTFORMAT"):
        input_format = string(cursor)
        cursor.expect("OUTPUTFORMAT")
        return FileFormat(position, None, input_format, string(cursor))
    return FileFormat(position, cursor.expect_one_of(*_FORMATS))
