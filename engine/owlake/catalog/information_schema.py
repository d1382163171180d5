"""``information_schema`` as rows: what the catalog holds, in Trino's words.

https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html. Whoever asks for some schemas or tables gets
only those read: a constraint on ``table_schema`` (``schema_name``) and ``table_name`` is used where it lists values.
Other constraints are left to the engine, which applies all of them again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from owlake.catalog.model import Column, Table
from owlake.catalog.reader import Reader
from owlake.catalog.views import decode_view
from owlake.errors import OwlakeError
from owlake.lake.model import Constraint
from owlake.types.hive import parse_hive_type
from owlake.types.model import BIGINT, VARCHAR, Array, Map, Row, RowField, Timestamp, Type

SCHEMA = "information_schema"

_TABLE = (("table_catalog", VARCHAR), ("table_schema", VARCHAR), ("table_name", VARCHAR))

RELATIONS: Mapping[str, tuple[tuple[str, Type], ...]] = {
    "columns": (
        *_TABLE,
        ("column_name", VARCHAR),
        ("ordinal_position", BIGINT),
        ("column_default", VARCHAR),
        ("is_nullable", VARCHAR),
        ("data_type", VARCHAR),
        ("comment", VARCHAR),
        ("extra_info", VARCHAR),
    ),
    "schemata": (("catalog_name", VARCHAR), ("schema_name", VARCHAR)),
    "tables": (*_TABLE, ("table_type", VARCHAR)),
    "views": (*_TABLE, ("view_definition", VARCHAR)),
}
"""Its relations with their columns."""

Rows = Iterator[tuple[Any, ...]]


def rows(relation: str, reader: Reader, catalog: str, constraint: Constraint) -> Rows:
    """The rows of one relation, in the order of its columns, read as they are asked for."""
    return _ROWS[relation](reader, catalog, constraint)


def trino_columns(table: Table) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Name, type text, comment and extra info of the columns that a query of the table or view sees.

    A type that does not parse is given as it is kept, so that one broken table does not hide the others.
    """
    if table.is_view:
        yield from _view_columns(table)
        return
    for column in table.columns:
        yield column.name, _type_text(column, table), column.comment, None
    for key in table.partition_keys:
        yield key.name, _type_text(key, table), key.comment, "partition key"


def _schemata(reader: Reader, catalog: str, constraint: Constraint) -> Rows:
    wanted = _values(constraint, "schema_name")
    for name in sorted({database.name for database in reader.list_databases()} | {SCHEMA}):
        if wanted is None or name in wanted:
            yield catalog, name


def _tables(reader: Reader, catalog: str, constraint: Constraint) -> Rows:
    for name in _own_relations(constraint):
        yield catalog, SCHEMA, name, "BASE TABLE"
    for table in _matching(reader, constraint):
        yield catalog, table.database, table.name, "VIEW" if table.is_view else "BASE TABLE"


def _columns(reader: Reader, catalog: str, constraint: Constraint) -> Rows:
    for name in _own_relations(constraint):
        for position, (column, type_) in enumerate(RELATIONS[name], 1):
            yield catalog, SCHEMA, name, column, position, None, "YES", str(type_), None, None
    for table in _matching(reader, constraint):
        for position, (column, text, comment, extra) in enumerate(trino_columns(table), 1):
            yield catalog, table.database, table.name, column, position, None, "YES", text, comment, extra


def _views(reader: Reader, catalog: str, constraint: Constraint) -> Rows:
    for table in _matching(reader, constraint):
        if table.is_view:
            yield catalog, table.database, table.name, _definition(table)


_ROWS: Mapping[str, Callable[[Reader, str, Constraint], Rows]] = {
    "columns": _columns,
    "schemata": _schemata,
    "tables": _tables,
    "views": _views,
}


def _matching(reader: Reader, constraint: Constraint) -> Iterator[Table]:
    return reader.list_tables(_values(constraint, "table_schema"), _values(constraint, "table_name"))


def _own_relations(constraint: Constraint) -> Iterator[str]:
    schemas, names = _values(constraint, "table_schema"), _values(constraint, "table_name")
    if schemas is None or SCHEMA in schemas:
        yield from (name for name in RELATIONS if names is None or name in names)


def _values(constraint: Constraint, column: str) -> Collection[str] | None:
    domain = constraint.get(column)
    return None if domain is None or domain.values is None else [str(value) for value in domain.values]


def _definition(view: Table) -> str | None:
    try:
        return decode_view(view).original_sql
    except OwlakeError:
        return view.view_original_text


def _view_columns(view: Table) -> Iterator[tuple[str, str, None, None]]:
    try:
        columns = decode_view(view).columns
    except OwlakeError:
        columns = tuple((column.name, _type_text(column, view)) for column in view.storage.columns)
    for name, type_ in columns:
        yield name, type_, None, None


def _type_text(column: Column, table: Table) -> str:
    try:
        type_ = parse_hive_type(column.type)
    except OwlakeError:
        return column.type
    return str(_with_microseconds(type_) if table.open_format == "ICEBERG" else type_)


def _with_microseconds(type_: Type) -> Type:
    """Iceberg's timestamps have six digits."""
    match type_:
        case Timestamp():
            return Timestamp(6)
        case Array(element):
            return Array(_with_microseconds(element))
        case Map(key, value):
            return Map(_with_microseconds(key), _with_microseconds(value))
        case Row(fields):
            return Row(tuple(RowField(field.name, _with_microseconds(field.type)) for field in fields))
        case _:
            return type_
