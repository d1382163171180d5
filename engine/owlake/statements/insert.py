"""INSERT INTO: a query's rows added to a table.

https://docs.aws.amazon.com/athena/latest/ug/insert-into.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from owlake.analysis.coercions import null_of
from owlake.analysis.queries import QueryAnalysis
from owlake.analysis.scope import reference
from owlake.catalog.model import Table
from owlake.catalog.transaction import Transaction
from owlake.dialect.nodes.statements import Insert
from owlake.errors import OwlakeError, error
from owlake.functions.signature import inner_types
from owlake.ir.expressions import Expression
from owlake.lake.appending import why_not_appendable
from owlake.lake.filling import Target, add_partitions
from owlake.lake.writing import Manifest
from owlake.planning.plan import ResultColumn
from owlake.statements.context import DEFAULT_CATALOG, StatementContext
from owlake.statements.failures import ending_errors_with, files_are_left
from owlake.statements.fitting import fitted, may_not_fit
from owlake.statements.names import TableName, table_name
from owlake.statements.output import NOTHING, Output
from owlake.statements.parameter_rows import naming_the_row
from owlake.statements.query_engine import Answer, QueryEngine
from owlake.statements.running import Running
from owlake.statements.writing import in_types, known_partitions, manifest_place, write_plan
from owlake.types.coercion import can_coerce, common_super_type
from owlake.types.hive import parse_hive_type
from owlake.types.model import VARCHAR, Char, Type, Varchar


def insert(engine: QueryEngine, node: Insert, context: StatementContext, running: Running) -> Answer:
    """Add the rows; every session and process sees them at once when the statement is done.

    Errors: TABLE_NOT_FOUND, NOT_SUPPORTED for views and for what cannot be written, COLUMN_NOT_FOUND, TYPE_MISMATCH,
    and the query's.
    """
    catalog = node.table.names[0] if len(node.table.names) == 3 else context.catalog
    if catalog != DEFAULT_CATALOG and context.catalog_exists(catalog):
        from owlake.statements.insert_into_connector import insert_into_connector  # noqa: PLC0415  (seldom)

        return insert_into_connector(catalog, engine, node, context, running)
    name = table_name(node.table, context)
    table = _table(name, node, context)
    with ending_errors_with(files_are_left(manifest_place(running)), context):
        return _insert_into(table, engine, node, context, running)


def _insert_into(
    table: Table, engine: QueryEngine, node: Insert, context: StatementContext, running: Running
) -> Output:
    name = table_name(node.table, context)
    columns = [
        ResultColumn(column.name, parse_hive_type(column.type))
        for column in (*table.storage.columns, *table.partition_keys)
    ]

    rows = RowsToInsert(node, columns)
    known = known_partitions(table, context)

    def apply(transaction: Transaction, manifest: Manifest) -> None:
        if transaction.find_table(name.database, name.table) is None:
            raise _missing(name)
        add_partitions(transaction, table, manifest)

    with naming_the_row(running, lambda: rows.compute(engine, context, running)):
        _, plan = engine.plan(node.query, context, running, rows.of)
        target = Target(table, table.storage.location, known)
        write_plan(engine, plan, target, apply, context, running, manifest_place(running), rows.fits)
    return NOTHING


class RowsToInsert:
    """What an INSERT makes of its query: rows of the table's columns.

    ``fits`` names the columns whose text must be made to fit, once the query was seen.
    """

    def __init__(self, node: Insert, columns: Sequence[ResultColumn]) -> None:
        self._node = node
        self._columns = columns
        self.fits: dict[str, tuple[Type, Varchar | Char]] = {}

    def of(self, analysis: QueryAnalysis) -> QueryAnalysis:
        """The query with its values in the columns' order and types. Errors: COLUMN_NOT_FOUND, TYPE_MISMATCH."""
        values = _values(analysis, self._node, self._columns)
        for value, column in zip(values, self._columns, strict=True):
            if may_not_fit(value.type, column.type):
                assert isinstance(column.type, Varchar | Char)
                self.fits[column.name] = value.type, column.type
        whole = [replace(one, type=VARCHAR) if one.name in self.fits else one for one in self._columns]
        return in_types(values, whole, analysis.relation)

    def compute(self, engine: QueryEngine, context: StatementContext, running: Running) -> None:
        """Compute the rows and let them go: everything that may fail about them fails."""
        _, plan = engine.plan(self._node.query, context, running, self.of)
        with engine.run(plan, running) as stream:
            deque(fitted(stream, self.fits), maxlen=0)


def _table(name: TableName, node: Insert, context: StatementContext) -> Table:
    with context.home.metastore.read() as reader:
        table = reader.find_table(name.database, name.table)
    if table is None:
        raise _missing(name)
    reason = why_not_appendable(table)
    if reason is not None:
        raise error("NOT_SUPPORTED", reason, node.position)
    if table.storage.bucket_columns:
        text = f"Cannot write to bucketed table: {name}"
        context.tolerate(error("NOT_SUPPORTED", text, node.position))
    return table


def _missing(name: TableName) -> OwlakeError:
    return error("TABLE_NOT_FOUND", f"Table {name.table} not found in database {name.database}", bare=True)


def _values(analysis: QueryAnalysis, node: Insert, columns: Sequence[ResultColumn]) -> list[Expression]:
    """The value of each of the table's columns: by place, or by the names of a list; NULL for those left out."""
    fields = analysis.relation.fields
    types = {column.name: column.type for column in columns}
    names = [column.name for column in node.columns] if node.columns else list(types)
    for written in node.columns:
        if written.name not in types:
            text = f"Insert column name does not exist in target table: {written.value}"
            raise error("COLUMN_NOT_FOUND", text, written.position)
        if names.count(written.name) > 1:
            raise error(
                "DUPLICATE_COLUMN_NAME",
                f"Insert column name is specified more than once: {written.value}",
                written.position,
            )
    found = [field.type for field in fields]
    wanted = [types[name] for name in names]
    if len(found) != len(wanted) or not all(_fits(one, other) for one, other in zip(found, wanted, strict=True)):
        text = f"Insert query has mismatched column types: Table: [{_list(wanted)}], Query: [{_list(found)}]"
        raise error("TYPE_MISMATCH", text, node.position)
    given: dict[str, Expression] = {name: reference(field) for name, field in zip(names, fields, strict=True)}
    return [given.get(name, null_of(type_)) for name, type_ in types.items()]


def _fits(source: Type, target: Type) -> bool:
    """Whether values go into the column: those of a type that has one in common with it, by a cast that may fail.

    Inside of arrays, maps and rows nothing sees to it that no text is cut: there only what is coerced fits.
    """
    if any(_holds_bounded_text(part) for part in inner_types(target)):
        return can_coerce(source, target)
    return common_super_type(source, target) is not None


def _holds_bounded_text(type_: Type) -> bool:
    is_bounded = isinstance(type_, Char) or (isinstance(type_, Varchar) and type_.length is not None)
    return is_bounded or any(_holds_bounded_text(part) for part in inner_types(type_))


def _list(types: Sequence[Type]) -> str:
    return ", ".join(str(type_) for type_ in types)
