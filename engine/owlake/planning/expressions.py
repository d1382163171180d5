"""Typed expressions to DataFusion SQL, each node by looking at itself and its types alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.walking import captures
from owlake.planning import text
from owlake.planning.casts import cast_sql
from owlake.planning.char_order import by_order
from owlake.planning.comparisons import comparison_sql, in_list_sql, is_nan, is_nested, joinable, ordering
from owlake.planning.raising import can_raise, hidden_failures, passes_null
from owlake.planning.sites import Site, absorbs, exactly
from owlake.planning.udfs import Kernel, KernelFunctions, LambdaBody
from owlake.types.arrow import arrow_type, field_names
from owlake.types.model import DOUBLE, REAL, UNKNOWN, Row, Type

if TYPE_CHECKING:
    from owlake.ir.relations import Relation

Environment = Mapping[ir.Field, str]
SubqueryPrinter = Callable[["Relation", Environment], str]


class Stored(str):
    """A column of files that DataFusion reads itself: what lies under its NULLs is NULL too.

    Only the fields that a query wants are read of such a column, so how they are asked for counts.
    """

    __slots__ = ()


class ExpressionPrinter:
    """Prints expressions where ``environment`` says what each field is called.

    ``subquery`` prints the relations of subqueries; ``kernels`` collects the functions that the SQL calls.
    """

    def __init__(
        self, environment: Environment, kernels: KernelFunctions, subquery: SubqueryPrinter, *, safe: bool = False
    ) -> None:
        self.environment = environment
        self.kernels = kernels
        self.subquery = subquery
        self.safe = safe
        """Under TRY: what fails gives NULL."""

    def sql(self, expression: ir.Expression) -> str:
        """The expression's SQL; safe to stand inside any other."""
        return _PRINTERS[type(expression)](self, expression)

    def evaluated(self, value: ir.Expression) -> str:
        """The SQL of a value that must be computed where little of it is asked for, such as whether it is NULL.

        DataFusion leaves out what it knows not to be NULL, such as ``1 / count(*)``, so nothing would fail there.
        """
        sql = self.sql(value)
        if self.safe or value.type == UNKNOWN or is_nested(value.type) or not can_raise(value):
            return sql
        return f"nullif({sql}, NULL)"

    def column(self, value: ir.Expression) -> str:
        """The SQL of a value as a column, of which queries around this one may ask little."""
        return self.sql(value) if self._may_be_null(value) else self.evaluated(value)

    def is_stored(self, value: ir.Expression) -> bool:
        """Whether the value is a column of files, as it is read."""
        return isinstance(value, ir.Reference) and isinstance(self.environment.get(value.field), Stored)

    def _may_be_null(self, value: ir.Expression) -> bool:
        """Whether DataFusion, too, takes it that the value can be NULL: it comes from files, and nothing saves it."""
        if isinstance(value, ir.Reference):
            return self.is_stored(value)
        return passes_null(value) and any(self._may_be_null(child) for child in ir.children(value))

    def all(self, expressions: Sequence[ir.Expression]) -> list[str]:
        """Each expression's SQL."""
        return [self.sql(expression) for expression in expressions]

    def sort_keys(self, keys: Sequence[ir.SortKey]) -> str:
        """The keys of an ORDER BY."""
        return ", ".join(self.sort_key(key) for key in keys)

    def sort_key(self, key: ir.SortKey) -> str:
        """One key with its direction; where NULLs go is always said."""
        direction = "ASC" if key.ascending else "DESC"
        nulls = "FIRST" if key.nulls_first else "LAST"
        return f"{ordering(self, key.value)} {direction} NULLS {nulls}"

    def body(self, function: ir.Lambda) -> LambdaBody:
        """A lambda's body over columns of its own.

        Under TRY it fails like any other: what it is an argument of gives NULL then, not the element.
        """
        inner = captures(function)
        fields = (*function.parameters, *inner)
        names = {field: f"p{index}" for index, field in enumerate(fields)}
        made = ExpressionPrinter(names, self.kernels, self.subquery).sql(function.body)
        sql = exactly(made, function.body.type)
        columns = tuple((names[field], arrow_type(field.type)) for field in fields)
        return LambdaBody(sql, columns, len(inner), arrow_type(function.body.type))

    def under_try(self) -> ExpressionPrinter:
        """The same printer for what stands under TRY."""
        return ExpressionPrinter(self.environment, self.kernels, self.subquery, safe=True)

    def kernel(self, kernel: Kernel, arguments: Sequence[ir.Expression], type_: Type) -> str:
        """The SQL of a call of an Arrow kernel."""
        return Site(self, type_, tuple(arguments)).kernel(kernel, arguments, type_)

    def site(self, call: ir.Call) -> Site:
        """The call as its implementation sees it."""
        return Site(self, call.type, call.arguments, absorbing=absorbs(call))


Printer = Callable[[ExpressionPrinter, Any], str]
_PRINTERS: dict[type[ir.Expression], Printer] = {}


def _prints(kind: type[ir.Expression]) -> Callable[[Printer], Printer]:
    def register(function: Printer) -> Printer:
        _PRINTERS[kind] = function
        return function

    return register


@_prints(ir.Reference)
def _reference(printer: ExpressionPrinter, node: ir.Reference) -> str:
    return printer.environment[node.field]


@_prints(ir.Constant)
def _constant(_: ExpressionPrinter, node: ir.Constant) -> str:
    return text.constant(node.type, node.value)


@_prints(ir.Call)
def _call(printer: ExpressionPrinter, node: ir.Call) -> str:
    if not node.function.null_call and any(ir.is_null(argument) for argument in node.arguments):
        return text.constant(node.type, None)
    ordered = by_order(node)
    return printer.sql(ordered) if ordered is not None else node.function.implementation(printer.site(node))


@_prints(ir.Cast)
def _cast(printer: ExpressionPrinter, node: ir.Cast) -> str:
    site = Site(printer, node.type, (node.value,))
    return cast_sql(site, printer.sql(node.value), node.value.type, node.type, safe=node.safe or printer.safe)


@_prints(ir.Comparison)
def _comparison(printer: ExpressionPrinter, node: ir.Comparison) -> str:
    return comparison_sql(printer, node.operator, node.left, node.right)


@_prints(ir.Logical)
def _logical(printer: ExpressionPrinter, node: ir.Logical) -> str:
    return balanced(f" {node.operator} ", printer.all(node.terms))


def balanced(operator: str, parts: list[str]) -> str:
    """The parts joined as a balanced tree: a chain of 20,000 would be as many levels deep."""
    if len(parts) <= 8:
        return f"({operator.join(parts)})"
    middle = len(parts) // 2
    return f"({balanced(operator, parts[:middle])}{operator}{balanced(operator, parts[middle:])})"


@_prints(ir.Not)
def _not(printer: ExpressionPrinter, node: ir.Not) -> str:
    if isinstance(node.value, ir.IsNull):
        return f"({printer.evaluated(node.value.value)} IS NOT NULL)"
    return f"(NOT {printer.sql(node.value)})"


@_prints(ir.IsNull)
def _is_null(printer: ExpressionPrinter, node: ir.IsNull) -> str:
    return f"({printer.evaluated(node.value)} IS NULL)"


@_prints(ir.Between)
def _between(printer: ExpressionPrinter, node: ir.Between) -> str:
    low = comparison_sql(printer, ">=", node.value, node.low)
    high = comparison_sql(printer, "<=", node.value, node.high)
    return f"({low} AND {high})"


@_prints(ir.InList)
def _in_list(printer: ExpressionPrinter, node: ir.InList) -> str:
    # NaN is equal to nothing, but to DataFusion's lists to itself; beside NULL in a list, DataFusion's answer is NULL.
    hides = node.value.type in (DOUBLE, REAL)
    constants = [item for item in node.items if isinstance(item, ir.Constant) and not is_nan(item)]
    is_plain = len(constants) == len(node.items) and not (hides and any(ir.is_null(item) for item in constants))
    if is_plain and not pa.types.is_nested(arrow_type(node.value.type)):
        return in_list_sql(printer, node.value, constants)
    return balanced(" OR ", [comparison_sql(printer, "=", node.value, item) for item in node.items])


@_prints(ir.Case)
def _case(printer: ExpressionPrinter, node: ir.Case) -> str:
    branches = " ".join(f"WHEN {printer.sql(when)} THEN {printer.sql(then)}" for when, then in node.branches)
    return f"CASE {branches} ELSE {printer.sql(node.default)} END"


@_prints(ir.Coalesce)
def _coalesce(printer: ExpressionPrinter, node: ir.Coalesce) -> str:
    return f"coalesce({', '.join(printer.all(node.terms))})"


@_prints(ir.Unknown)
def _unknown(printer: ExpressionPrinter, node: ir.Unknown) -> str:
    """No rule of DataFusion's looks through a condition that is another one each time."""
    return f"CASE WHEN random() >= 0 THEN {printer.sql(node.value)} END"


@_prints(ir.Try)
def _try(printer: ExpressionPrinter, node: ir.Try) -> str:
    """The value with NULL in place of failures; NULL as a whole where something on the way would hide one."""
    safe = printer.under_try()
    value = safe.sql(node.value)
    failures = [_failed(safe, part) for part in hidden_failures(node.value)]
    if not failures:
        return value
    return f"CASE WHEN {' OR '.join(failures)} THEN NULL ELSE {value} END"


def _failed(safe: ExpressionPrinter, part: ir.Expression) -> str:
    """Whether a part failed: it is NULL although nothing that goes into it is."""
    inputs = [f"{safe.sql(child)} IS NOT NULL" for child in ir.children(part) if not isinstance(child, ir.Lambda)]
    return f"({' AND '.join((f'{safe.sql(part)} IS NULL', *inputs))})"


@_prints(ir.MakeRow)
def _make_row(printer: ExpressionPrinter, node: ir.MakeRow) -> str:
    assert isinstance(node.type, Row)
    names = [text.string(name) for name in field_names(node.type)]
    parts = [f"{name}, {part_sql(printer, item)}" for name, item in zip(names, node.items, strict=True)]
    return f"named_struct({', '.join(parts)})"


def part_sql(printer: ExpressionPrinter, item: ir.Expression) -> str:
    """The SQL of a part of a row or an array: text in the one form that texts in there have, decimals in their own.

    DataFusion reads text from files in another form, and converts what a function gets, but not what is inside.
    """
    sql = printer.sql(item)
    if isinstance(item, ir.Call):
        return exactly(sql, item.type)
    if isinstance(item, ir.Reference) and arrow_type(item.type) == pa.string():
        return text.cast_text(sql, item.type)
    return sql


@_prints(ir.MakeArray)
def _make_array(printer: ExpressionPrinter, node: ir.MakeArray) -> str:
    if not node.items:
        return text.cast_text("make_array()", node.type)
    return f"make_array({', '.join(part_sql(printer, item) for item in node.items)})"


@_prints(ir.FieldAccess)
def _field_access(printer: ExpressionPrinter, node: ir.FieldAccess) -> str:
    assert isinstance(node.value.type, Row)
    name = text.string(field_names(node.value.type)[node.index])
    value = printer.sql(node.value)
    if isinstance(value, Stored):
        return f"get_field({value}, {name})"
    # DataFusion gives a field of a NULL row whatever lies under it in the array.
    return f"CASE WHEN {value} IS NOT NULL THEN get_field({value}, {name}) END"


@_prints(ir.ScalarSubquery)
def _scalar_subquery(printer: ExpressionPrinter, node: ir.ScalarSubquery) -> str:
    return f"({printer.subquery(node.relation, printer.environment)})"


@_prints(ir.Exists)
def _exists(printer: ExpressionPrinter, node: ir.Exists) -> str:
    return f"EXISTS ({printer.subquery(node.relation, printer.environment)})"


@_prints(ir.InSubquery)
def _in_subquery(printer: ExpressionPrinter, node: ir.InSubquery) -> str:
    (field,) = node.relation.fields
    value, found = joinable(node.value), joinable(ir.Reference(field.type, field))
    relation = node.relation
    if value is not node.value:
        inner = ir.Field(field.name, field.type)
        relation = nodes.Project((inner,), relation, ((inner, found),))
    return f"({printer.sql(value)} IN ({printer.subquery(relation, printer.environment)}))"


@_prints(ir.Aggregation)
def _aggregation(printer: ExpressionPrinter, node: ir.Aggregation) -> str:
    from owlake.planning.aggregates import AggregateSite  # noqa: PLC0415  (a site of expressions)

    ordered = by_order(node)
    if ordered is not None:
        return printer.sql(ordered)
    return node.function.implementation(AggregateSite(printer, node))


@_prints(ir.WindowCall)
def _window_call(printer: ExpressionPrinter, node: ir.WindowCall) -> str:
    from owlake.planning.windows import window_sql  # noqa: PLC0415  (windows print expressions)

    ordered = by_order(node)
    return printer.sql(ordered) if ordered is not None else window_sql(printer, node)
