"""JSON_TABLE: columns and nested paths checked, plans made, then the rows of a document unnested beside its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from owlake.analysis.expressions import ExpressionAnalyzer
from owlake.analysis.scope import Scope, ScopedRelation, ScopeField, reference
from owlake.analysis.sql_json import (
    checked_path,
    invocation,
    json_function,
    output_type,
    refuse_quotes,
    value_behaviors,
    value_type,
)
from owlake.dialect.nodes import relations as nodes
from owlake.dialect.nodes.base import Identifier
from owlake.dialect.nodes.expressions import StringLiteral
from owlake.errors import error
from owlake.functions.json.invocation import Invocation
from owlake.functions.json.path_functions import QueryCall, ValueCall
from owlake.functions.json.table import Column, PathPlan, Plan, SiblingsPlan, TableCall, row_type, table_kernel
from owlake.ir import expressions as ir
from owlake.ir.relations import Unnest
from owlake.types.model import BIGINT, Type

if TYPE_CHECKING:
    from owlake.analysis.relations import RelationAnalyzer


def json_table(
    relations: RelationAnalyzer, node: nodes.JsonTable, left: ScopedRelation, outer: Scope, *, outer_join: bool = False
) -> ScopedRelation:
    """The left side's rows times those of their documents; the new columns come last.

    Errors: as those of JSON_VALUE and JSON_QUERY; DUPLICATE_COLUMN_OR_PATH_NAME, INVALID_PLAN.
    """
    analyzer = ExpressionAnalyzer(relations.context, Scope(left.fields, outer), relations.queries)
    call, values = _TableAnalyzer(analyzer, node).call()
    raises = call.error_on_error or any(_raises(column) for column in call.columns)
    rows = ir.Call(row_type(call.types), json_function("json_table", table_kernel(call), raises=raises), values)
    new = tuple(
        ir.Field(column.name.name, type_) for column, type_ in zip(_columns(node.columns), call.types, strict=True)
    )
    relation = Unnest((*left.relation.fields, *new), left.relation, ((rows, new),), None, outer_join)
    named = tuple(ScopeField(field.name, (), reference(field)) for field in new)
    return ScopedRelation(relation, (*left.fields, *named))


def _raises(column: Column) -> bool:
    return column.call is not None and "ERROR" in (column.call.on_empty, column.call.on_error)


NamedColumn = nodes.OrdinalityColumn | nodes.ValueColumn | nodes.QueryColumn


def _columns(columns: Sequence[nodes.JsonTableColumn]) -> Iterator[NamedColumn]:
    """The columns of a table with those of its nested paths, in the order in which they are written."""
    for column in columns:
        if isinstance(column, nodes.NestedColumns):
            yield from _columns(column.columns)
        else:
            assert isinstance(column, NamedColumn)
            yield column


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """A path and what is nested in it, as written."""

    name: str | None
    path: str
    columns: tuple[Column, ...]
    nested: tuple[_Level, ...]


class _TableAnalyzer:
    def __init__(self, analyzer: ExpressionAnalyzer, node: nodes.JsonTable) -> None:
        self._analyzer = analyzer
        self._node = node
        self._names: set[str] = set()
        self._columns: list[Column] = []
        self._types: list[Type] = []
        self._defaults: list[ir.Expression] = []
        self._invocation: Invocation | None = None

    def call(self) -> tuple[TableCall, tuple[ir.Expression, ...]]:
        node = self._node
        self._invocation, values, _ = invocation(self._analyzer, node.path, "JSON_TABLE")
        root = self._level(node.path.path_name, node.path.path, node.columns)
        plan = self._plan(root)
        columns, types = tuple(self._columns), tuple(self._types)
        call = TableCall(self._invocation, plan, columns, types, node.error_on_error)
        return call, (*values, *self._defaults)

    # Columns --------------------------------------------------------------------------------------------

    def _level(self, name: Identifier | None, path: StringLiteral, columns: Sequence[nodes.JsonTableColumn]) -> _Level:
        self._check_path(path)
        if name is not None:
            self._claim(name)
        own: list[Column] = []
        nested: list[_Level] = []
        for column in columns:
            if isinstance(column, nodes.NestedColumns):
                nested.append(self._level(column.name, column.path, column.columns))
            else:
                assert isinstance(column, NamedColumn)
                own.append(self._column(column))
        return _Level(_canonical(name) if name is not None else None, path.value, tuple(own), tuple(nested))

    def _check_path(self, path: StringLiteral) -> Type | None:
        assert self._invocation is not None
        return checked_path(path, {given.name for given in self._invocation.parameters})

    def _claim(self, name: Identifier) -> None:
        if _canonical(name) in self._names:
            text = "All column and path names in JSON_TABLE invocation must be unique"
            raise error("DUPLICATE_COLUMN_OR_PATH_NAME", text, name.position)
        self._names.add(_canonical(name))

    def _column(self, node: NamedColumn) -> Column:
        self._claim(node.name)
        call: ValueCall | QueryCall | None
        match node:
            case nodes.ValueColumn():
                call, type_ = self._value(node)
            case nodes.QueryColumn():
                call, type_ = self._query(node)
            case _:
                call, type_ = None, BIGINT
        column = Column(len(self._columns), call)
        self._columns.append(column)
        self._types.append(type_)
        return column

    def _value(self, node: nodes.ValueColumn) -> tuple[ValueCall | QueryCall, Type]:
        path, known = self._column_path(node)
        returning = value_type(node.type, known, node.position)
        behaviors, defaults = value_behaviors(
            self._analyzer, node.on_empty, node.on_error, returning, on_error_kind=self._on_error
        )
        self._defaults += defaults
        return ValueCall(path, returning, *behaviors), returning

    def _query(self, node: nodes.QueryColumn) -> tuple[ValueCall | QueryCall, Type]:
        path, _ = self._column_path(node)
        refuse_quotes(node.wrapper, node.quotes, node.position)
        returning, output_format = output_type(node.type, node.format, node.position)
        on_empty = node.on_empty.kind if node.on_empty else "NULL"
        on_error = node.on_error.kind if node.on_error else self._on_error
        omit = node.quotes == "OMIT"
        return QueryCall(path, returning, output_format, node.wrapper, omit, on_empty, on_error), returning

    @property
    def _on_error(self) -> str:
        """What a column does that does not say it."""
        return "ERROR" if self._node.error_on_error else "NULL"

    def _column_path(self, node: nodes.ValueColumn | nodes.QueryColumn) -> tuple[Invocation, Type | None]:
        """The column's path; where none is written, the member of the column's name."""
        assert self._invocation is not None
        name = _canonical(node.name).replace('"', '""')
        path = node.path or StringLiteral(node.position, f'lax $."{name}"')
        known = self._check_path(path)
        return Invocation("JSON_TABLE", path.value, self._invocation.input, self._invocation.parameters), known

    # Plans ----------------------------------------------------------------------------------------------

    def _plan(self, root: _Level) -> PathPlan:
        if self._node.plan is None:
            return _default_plan(root, *(self._node.default_plan or ("OUTER", "UNION")))
        if any(level.name is None for level in _levels(root)):
            text = "All JSON paths must be named when specific plan is given"
            raise error("INVALID_PLAN", text, self._node.plan.position)
        found = self._specific(self._node.plan, (root,))
        assert isinstance(found, PathPlan)
        return found

    def _specific(self, plan: nodes.JsonTablePlan, levels: Sequence[_Level]) -> Plan:
        """The plan for paths side by side, each of which it must name once."""
        by_name = {level.name: level for level in levels}
        found = self._planned(plan, by_name)
        if by_name:
            missing = ", ".join(str(name) for name in by_name)
            text = (
                "JSON_TABLE plan should contain all JSON paths available at each level of nesting. "
                f"Paths not included: {missing}"
            )
            raise error("INVALID_PLAN", text, plan.position)
        return found

    def _planned(self, plan: nodes.JsonTablePlan, by_name: dict[str | None, _Level]) -> Plan:
        if plan.kind in ("UNION", "CROSS"):
            return SiblingsPlan(tuple(self._planned(one, by_name) for one in plan.plans), plan.kind == "CROSS")
        leaf = plan if plan.kind == "LEAF" else plan.plans[0]
        if leaf.name is None or _canonical(leaf.name) not in by_name:
            text = "JSON_TABLE plan contains JSON path that is not available at this level of nesting"
            raise error("INVALID_PLAN", text, leaf.position)
        level = by_name.pop(_canonical(leaf.name))
        if plan.kind == "LEAF":
            if level.nested:
                missing = ", ".join(str(one.name) for one in level.nested)
                text = (
                    "JSON_TABLE plan should contain all JSON paths available at each level of nesting. "
                    f"Paths not included: {missing}"
                )
                raise error("INVALID_PLAN", text, plan.position)
            return PathPlan(level.path, level.columns)
        nested = self._specific(plan.plans[1], level.nested)
        return PathPlan(level.path, level.columns, nested, plan.kind == "OUTER")


def _levels(level: _Level) -> Iterator[_Level]:
    yield level
    for inner in level.nested:
        yield from _levels(inner)


def _default_plan(level: _Level, parent_child: str, siblings: str) -> PathPlan:
    nested: Plan | None = None
    plans = tuple(_default_plan(inner, parent_child, siblings) for inner in level.nested)
    if plans:
        nested = plans[0] if len(plans) == 1 else SiblingsPlan(plans, siblings == "CROSS")
    return PathPlan(level.path, level.columns, nested, parent_child == "OUTER")


def _canonical(name: Identifier) -> str:
    """The name as SQL keeps it: in capitals unless it stood in quotes."""
    return name.value if name.delimited else name.value.upper()
