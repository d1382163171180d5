"""CREATE, ALTER, DROP and SHOW of streams: handed to the connector whose catalog the name is in.

A name without a catalog is in the session's, if that has streams; otherwise in the one catalog that offers itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from owlake.analysis.types import resolve_type
from owlake.connector.connector import Property as Declared
from owlake.connector.failures import failures_of
from owlake.connector.streams import StreamDefinition, Streams
from owlake.connector.table import Column
from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Position, QualifiedName
from owlake.errors import OwlakeError, error
from owlake.functions.like import expression_of
from owlake.operations.signature import literal
from owlake.statements.context import StatementContext
from owlake.statements.failures import nearest
from owlake.statements.output import NOTHING, Output, trino_output
from owlake.statements.query_engine import QueryEngine
from owlake.statements.running import Running
from owlake.statements.views import as_written
from owlake.types.model import Type

_TYPES = {str: "varchar", int: "bigint", float: "double", bool: "boolean", list: "array(varchar)"}
_EXAMPLE = "Write catalog.schema.stream."


def create_stream(engine: QueryEngine, node: nodes.CreateStream, context: StatementContext, running: Running) -> Output:
    """``CREATE STREAM``."""
    place = _place(node.name, context)
    place.check_permitted("CREATE", context)
    columns = tuple(_column(one) for one in node.columns)
    for written, column in zip(node.columns, columns, strict=True):
        if sum(one.name == column.name for one in columns) > 1:
            text = f"Column name '{column.name}' specified more than once"
            raise error("DUPLICATE_COLUMN_NAME", text, written.position)
    properties = _properties(node.properties, place, engine, context, running)
    for declared in place.streams.properties:
        if declared.required and properties.get(declared.name) is None:
            text = f"Catalog '{place.catalog}' stream property '{declared.name}' is required"
            raise error("INVALID_TABLE_PROPERTY", text, node.position, hint=declared.description)
    try:
        with place.failures("creating"):
            place.streams.create(StreamDefinition(place.name, columns, properties))
    except OwlakeError:
        # Whoever was first, this statement or another process, made it.
        if not (node.if_not_exists and place.find() is not None):
            raise
    return NOTHING


def set_stream_properties(
    engine: QueryEngine, node: nodes.SetStreamProperties, context: StatementContext, running: Running
) -> Output:
    """``ALTER STREAM ... SET PROPERTIES``."""
    place = _place(node.name, context)
    place.check_permitted("ALTER", context)
    place.existing(node.name.position)
    properties = _properties(node.properties, place, engine, context, running)
    with place.failures("altering"):
        place.streams.set_properties(place.name, properties)
    return NOTHING


def add_stream_column(_: QueryEngine, node: nodes.AddStreamColumn, context: StatementContext, __: Running) -> Output:
    """``ALTER STREAM ... ADD COLUMN``."""
    place = _place(node.name, context)
    place.check_permitted("ALTER", context)
    column = _column(node.column)
    if _has_column(place.existing(node.name.position), column.name):
        if node.if_not_exists:
            return NOTHING
        text = f"Column '{column.name}' already exists"
        raise error("COLUMN_ALREADY_EXISTS", text, node.column.position)
    with place.failures("altering"):
        place.streams.add_column(place.name, column)
    return NOTHING


def drop_stream_column(_: QueryEngine, node: nodes.DropStreamColumn, context: StatementContext, __: Running) -> Output:
    """``ALTER STREAM ... DROP COLUMN``."""
    place = _place(node.name, context)
    place.check_permitted("ALTER", context)
    found = place.existing(node.name.position)
    name = node.column.name
    if not _has_column(found, name):
        if node.if_exists:
            return NOTHING
        hint = nearest(name, [one.name for one in found.columns])
        raise error("COLUMN_NOT_FOUND", f"Column '{name}' does not exist", node.column.position, hint=hint)
    with place.failures("altering"):
        place.streams.drop_column(place.name, name)
    return NOTHING


def drop_stream(_: QueryEngine, node: nodes.DropStream, context: StatementContext, __: Running) -> Output:
    """``DROP STREAM``."""
    place = _place(node.name, context)
    place.check_permitted("DROP", context)
    try:
        with place.failures("dropping"):
            place.streams.drop(place.name)
    except OwlakeError:
        if not (node.if_exists and place.find() is None):
            raise
    return NOTHING


def show_create_stream(_: QueryEngine, node: nodes.ShowCreateStream, context: StatementContext, __: Running) -> Output:
    """``SHOW CREATE STREAM``: the statement that makes the stream again, one row a line."""
    place = _place(node.name, context)
    found = place.existing(node.name.position)
    return trino_output(("create stream",), [(line,) for line in _lines(place, found)])


def show_streams(_: QueryEngine, node: nodes.ShowStreams, context: StatementContext, __: Running) -> Output:
    """``SHOW STREAMS``: the names of a schema's streams that a pattern of LIKE lets through."""
    catalog, schema = _schema(node.schema, context)
    streams = _streams(catalog, schema, node.schema.position if node.schema else node.position, context)
    with failures_of(catalog, f"listing the streams of {schema}"):
        names = sorted(streams.names())
    if node.pattern is not None:
        wanted = expression_of(node.pattern, node.escape)
        names = [name for name in names if wanted.fullmatch(name)]
    return trino_output(("Stream",), [(name,) for name in names])


# Names --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a stream is, or is to be."""

    catalog: str
    schema: str
    name: str
    streams: Streams

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.name}"

    def failures(self, doing: str) -> AbstractContextManager[None]:
        """A block in which the connector is asked for something."""
        return failures_of(self.catalog, f"{doing} the stream {self.schema}.{self.name}")

    def find(self) -> StreamDefinition | None:
        """The stream, if it is there."""
        with self.failures("looking for"):
            return self.streams.find(self.name)

    def existing(self, position: Position) -> StreamDefinition:
        """The stream. Errors: TABLE_NOT_FOUND."""
        found = self.find()
        if found is None:
            hint = nearest(self.name, list(self.streams.names()))
            raise error("TABLE_NOT_FOUND", f"Stream '{self}' does not exist", position, hint=hint)
        return found

    def check_permitted(self, action: str, context: StatementContext) -> None:
        """Errors: PERMISSION_DENIED."""
        if not context.access.can_modify(context.principal, self.catalog, self.schema, self.name, action):
            text = f"Access Denied: Cannot {action.lower()} stream {self.schema}.{self.name}"
            raise error("PERMISSION_DENIED", text)


def _place(name: QualifiedName, context: StatementContext) -> _Place:
    """Where the stream of this name is. Errors: SYNTAX_ERROR, CATALOG_NOT_FOUND, NOT_SUPPORTED, SCHEMA_NOT_FOUND."""
    parts = name.names
    if len(parts) > 3:
        raise error("SYNTAX_ERROR", f"Too many dots in table name: {name}", name.position, hint=_EXAMPLE)
    catalog = parts[0] if len(parts) == 3 else _default_catalog(context, name.position)
    schema = parts[-2] if len(parts) > 1 else _default_schema(catalog, context)
    return _Place(catalog, schema, parts[-1], _streams(catalog, schema, name.position, context))


def _schema(name: QualifiedName | None, context: StatementContext) -> tuple[str, str]:
    """The catalog and schema that SHOW STREAMS is about."""
    parts = () if name is None else name.names
    if len(parts) > 2:
        raise error("SYNTAX_ERROR", f"Too many parts in schema name: {name}", name.position if name else None)
    catalog = parts[0] if len(parts) == 2 else _default_catalog(context, name.position if name else None)
    return catalog, parts[-1] if parts else _default_schema(catalog, context)


def _default_catalog(context: StatementContext, position: Position | None) -> str:
    offering = context.home.catalogs.stream_schemas()
    own = context.catalog.lower()
    if own in offering or not offering:
        return own
    if len(offering) > 1:
        text = f"Catalog must be specified: {', '.join(sorted(offering))} have streams"
        raise error("MISSING_CATALOG_NAME", text, position, hint=_EXAMPLE)
    return next(iter(offering))


def _default_schema(catalog: str, context: StatementContext) -> str:
    if catalog == context.catalog.lower() and context.database is not None:
        return context.database.lower()
    return context.home.catalogs.stream_schemas().get(catalog, "default")


def _streams(catalog: str, schema: str, position: Position, context: StatementContext) -> Streams:
    catalogs = context.home.catalogs
    if not context.catalog_exists(catalog):
        hint = nearest(catalog, catalogs.names())
        raise error("CATALOG_NOT_FOUND", f"Catalog '{catalog}' does not exist", position, hint=hint)
    if catalog not in catalogs.names():
        raise _without_streams(catalog, position)
    connector = catalogs.connector(catalog)
    with failures_of(catalog, f"looking for the schema {schema}"):
        found = connector.streams(schema)
        if found is None and schema not in connector.schema_names():
            hint = nearest(schema, list(connector.schema_names()))
            raise error("SCHEMA_NOT_FOUND", f"Schema '{catalog}.{schema}' does not exist", position, hint=hint)
    if found is None:
        raise _without_streams(f"{catalog}.{schema}", position)
    return found


def _without_streams(place: str, position: Position) -> OwlakeError:
    return error("NOT_SUPPORTED", f"There are no streams in {place}", position, hint=_EXAMPLE)


# Columns and properties ---------------------------------------------------------------------------------


def _column(node: nodes.StreamColumn) -> Column:
    name = node.name.name
    if name.startswith("$"):
        raise error("NOT_SUPPORTED", "Names that begin with $ are those of hidden columns", node.position)
    return Column(name, resolve_type(node.type), comment=node.comment)


def _has_column(stream: StreamDefinition, name: str) -> bool:
    return any(one.name == name for one in stream.columns)


def _properties(
    written: Sequence[nodes.Property], place: _Place, engine: QueryEngine, context: StatementContext, running: Running
) -> dict[str, Any]:
    """The values of properties, checked by what is declared. Errors: INVALID_TABLE_PROPERTY, DUPLICATE_PROPERTY."""
    declared = {one.name: one for one in place.streams.properties}
    seen: set[str] = set()
    for one in written:
        name = one.name.name
        if name not in declared:
            near = get_close_matches(name, declared, 1)
            text = f"Catalog '{place.catalog}' stream property '{name}' does not exist"
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(declared))}."
            raise error("INVALID_TABLE_PROPERTY", text, one.position, hint=hint)
        if name in seen:
            raise error("DUPLICATE_PROPERTY", f"Duplicate property: {name}", one.position)
        seen.add(name)
    expressions = engine.constants(tuple(one.value for one in written), context, running) if written else ()
    values = engine.evaluate(expressions, running) if written else []
    return {
        one.name.name: _checked(declared[one.name.name], value, expression.type, one, place)
        for one, value, expression in zip(written, values, expressions, strict=True)
    }


def _checked(declared: Declared, value: Any, type_: Type, node: nodes.Property, place: _Place) -> Any:
    if value is None:
        return None
    if declared.type is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    is_bool = isinstance(value, bool)
    if isinstance(value, declared.type) and is_bool == (declared.type is bool):
        return value
    wanted = _TYPES[declared.type]
    text = f"Invalid value for catalog '{place.catalog}' stream property '{declared.name}': Cannot convert {type_} to "
    raise error("INVALID_TABLE_PROPERTY", f"{text}{wanted}", node.position, hint=declared.description)


# Shown --------------------------------------------------------------------------------------------------


def _lines(place: _Place, stream: StreamDefinition) -> Iterator[str]:
    head = f"CREATE STREAM {'.'.join(map(as_written, (place.catalog, place.schema, place.name)))}"
    columns = [_shown(one) for one in stream.columns]
    properties = [
        f"{as_written(name)} = {literal(value)}"
        for name, value in sorted(stream.properties.items())
        if value is not None
    ]
    yield f"{head} (" if columns else head
    yield from _listed(columns)
    if properties:
        yield "WITH ("
        yield from _listed(properties)


def _shown(column: Column) -> str:
    text = f"{as_written(column.name)} {column.type}"
    return text if column.comment is None else f"{text} COMMENT {literal(column.comment)}"


def _listed(lines: Sequence[str]) -> Iterator[str]:
    if not lines:
        return
    yield from (f"   {line}," for line in lines[:-1])
    yield f"   {lines[-1]}"
    yield ")"
