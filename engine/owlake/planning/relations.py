"""Typed relations to DataFusion SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol

from owlake.errors import error
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.ir.patterns import PatternRecognition
from owlake.ir.walking import relations_in
from owlake.planning.alike import compared_alike, united
from owlake.planning.blocks import Block, Stage
from owlake.planning.comparisons import has_hidden_differences, joining
from owlake.planning.expressions import Environment, ExpressionPrinter
from owlake.planning.names import Names
from owlake.planning.text import cast_text
from owlake.planning.udfs import KernelFunctions
from owlake.types.model import DOUBLE


class ScanPrinter(Protocol):
    """Prints the scan of a table: what stands in FROM, and the SQL of each column under an alias."""

    def __call__(self, scan: nodes.Scan, alias: str) -> tuple[str, dict[str, str]]:
        """FROM text with the alias in it, and column name to SQL."""


class RelationPrinter:
    """Prints relations as SELECTs. ``kernels`` collects the functions that they call."""

    def __init__(self, scans: ScanPrinter, kernels: KernelFunctions, names: Names) -> None:
        self.scans = scans
        self.kernels = kernels
        self.names = names
        self._with: dict[int, str] = {}
        self._with_texts: list[str] = []
        self._recursive = False

    def statement(self, relation: nodes.Relation) -> tuple[str, list[str]]:
        """The whole statement's SQL, and the names of its columns, one a field."""
        block = self.selected(self.block(relation, {}), relation.fields)
        assert block.select is not None
        body = block.sql(relation.fields)
        names = [block.environment[field] for field in relation.fields]
        return self.with_clause() + body, names

    def with_clause(self) -> str:
        """The WITH queries met so far, in order of their dependence."""
        if not self._with_texts:
            return ""
        recursive = "RECURSIVE " if self._recursive else ""
        return f"WITH {recursive}{', '.join(self._with_texts)} "

    # Blocks ---------------------------------------------------------------------------------------------

    def block(self, relation: nodes.Relation, outer: Environment) -> Block:
        """The relation as a SELECT that may still grow; ``outer`` names the fields around a subquery."""
        printer = _PRINTERS.get(type(relation))
        if printer is None:
            raise error("NOT_SUPPORTED", f"{type(relation).__name__} is not supported yet")
        return printer(self, relation, outer)

    def expressions(self, block: Block, outer: Environment) -> ExpressionPrinter:
        """A printer of expressions over the block's fields."""
        return ExpressionPrinter({**outer, **block.environment}, self.kernels, self.subquery)

    def subquery(self, relation: nodes.Relation, outer: Environment) -> str:
        """A relation inside an expression."""
        return self.selected(self.block(relation, outer), relation.fields).sql(relation.fields)

    def under_names(self, relation: nodes.Relation, names: list[str], outer: Environment) -> str:
        """A relation as a SELECT whose columns have these names."""
        block = self.block(relation, outer)
        if block.stage > Stage.DISTINCT:
            block = self.wrapped(block, relation.fields)
        block = self.selected(block, relation.fields)
        assert block.select is not None
        block.select = [(sql, name) for (sql, _), name in zip(block.select, names, strict=True)]
        return block.sql(relation.fields)

    def selected(self, block: Block, fields: tuple[ir.Field, ...]) -> Block:
        """The block with a select list: each field under a name of its own, which is then all it is called."""
        if block.select is not None:
            return block
        block.select = [(block.environment[field], self.names.column(field)) for field in fields]
        block.environment = {field: name for field, (_, name) in zip(fields, block.select, strict=True)}
        block.stage = max(block.stage, Stage.SELECT)
        return block

    def wrapped(self, block: Block, fields: tuple[ir.Field, ...]) -> Block:
        """A new SELECT over the block as a subquery."""
        block = self.selected(block, fields)
        alias = self.names.table()
        inner = block.sql(fields)
        columns = {field: f"{alias}.{block.environment[field]}" for field in fields}
        return Block(f"({inner}) AS {alias}", columns, named=True)

    def at(self, stage: Stage, relation: nodes.Relation, outer: Environment) -> Block:
        """The relation as a block that is not beyond a stage."""
        block = self.block(relation, outer)
        return block if block.stage < stage else self.wrapped(block, relation.fields)

    def from_item(self, relation: nodes.Relation, outer: Environment) -> Block:
        """The relation as something that can stand in FROM beside others."""
        block = self.block(relation, outer)
        return block if block.stage is Stage.FROM and block.source else self.wrapped(block, relation.fields)

    # WITH -----------------------------------------------------------------------------------------------

    def common_table(self, table: nodes.CommonTable) -> str:
        """The name of a WITH query, printed on first use."""
        name = self._with.get(id(table))
        if name is not None:
            return name
        name = self.names.table()
        self._with[id(table)] = name
        columns = ", ".join(f"c{index}" for index in range(len(table.fields)))
        body = self.subquery(table.relation, {})
        if table.step is not None:
            self._recursive = True
            union = "UNION" if table.distinct else "UNION ALL"
            body = f"{body} {union} {self.subquery(table.step, {})}"
        self._with_texts.append(f"{name}({columns}) AS ({body})")
        return name


Printer = Callable[[RelationPrinter, Any, Environment], Block]
_PRINTERS: dict[type[nodes.Relation], Printer] = {}


def prints(kind: type[nodes.Relation]) -> Callable[[Printer], Printer]:
    """Register the decorated function as the printer of a kind of relation."""

    def register(function: Printer) -> Printer:
        _PRINTERS[kind] = function
        return function

    return register


@prints(nodes.SingleRow)
def _single_row(_: RelationPrinter, __: nodes.SingleRow, ___: Environment) -> Block:
    return Block("", {})


@prints(nodes.Values)
def _values(printer: RelationPrinter, node: nodes.Values, outer: Environment) -> Block:
    alias = printer.names.table()
    expressions = ExpressionPrinter(outer, printer.kernels, printer.subquery)
    if len(node.rows) == 1:
        block = Block("", dict(zip(node.fields, expressions.all(node.rows[0]), strict=True)), stage=Stage.WINDOW)
        return printer.selected(block, node.fields)
    rows = ", ".join(f"({', '.join(expressions.all(row))})" for row in node.rows)
    columns = [f"column{index + 1}" for index in range(len(node.fields))]
    typed = {
        field: cast_text(f"{alias}.{column}", field.type) if _needs_type(node, index) else f"{alias}.{column}"
        for index, (field, column) in enumerate(zip(node.fields, columns, strict=True))
    }
    # These are the columns' names anyway; said again, they make a projection that DataFusion stumbles over.
    return Block(f"(VALUES {rows}) AS {alias}", typed)


def _needs_type(node: nodes.Values, index: int) -> bool:
    """Whether DataFusion could take a column of VALUES for another type: only NULLs say nothing."""
    return all(isinstance(row[index], ir.Constant) and row[index].value is None for row in node.rows)  # type: ignore[attr-defined]


@prints(nodes.Scan)
def _scan(printer: RelationPrinter, node: nodes.Scan, _: Environment) -> Block:
    alias = printer.names.table()
    source, columns = printer.scans(node, alias)
    return Block(source, {field: columns[name] for field, name in zip(node.fields, node.columns, strict=True)})


@prints(nodes.CommonTableReference)
def _common_table(printer: RelationPrinter, node: nodes.CommonTableReference, _: Environment) -> Block:
    name = printer.common_table(node.table)
    alias = printer.names.table()
    columns = {field: f"{alias}.c{index}" for field, index in zip(node.fields, _positions(node), strict=True)}
    return Block(f"{name} AS {alias}", columns)


def _positions(node: nodes.CommonTableReference) -> range:
    return range(len(node.table.fields))


@prints(nodes.Filter)
def _filter(printer: RelationPrinter, node: nodes.Filter, outer: Environment) -> Block:
    block = printer.block(node.input, outer)
    if block.stage > Stage.HAVING or (block.stage >= Stage.GROUP and not _is_about_groups([node.predicate])):
        block = printer.wrapped(block, node.input.fields)
    expressions = printer.expressions(block, outer)
    condition = expressions.sql(joining(expressions, node.predicate))
    if block.stage in (Stage.GROUP, Stage.HAVING):
        block.having.append(condition)
        block.stage = Stage.HAVING
    else:
        block.where.append(condition)
        block.stage = Stage.WHERE
    return block


def _is_about_groups(expressions: Iterable[ir.Expression]) -> bool:
    """Whether the expressions can stand beside the aggregates that they refer to.

    A HAVING without columns DataFusion takes for one about columns that are not grouped by, a SELECT of constants
    without GROUP BY for one of every row; and a subquery may not hold the aggregates of the query around it.
    """
    parts = [part for one in expressions for part in ir.walk(one)]
    if any(True for part in parts for _ in relations_in(part)):
        return False
    return any(isinstance(part, ir.Reference) for part in parts)


@prints(nodes.Project)
def _project(printer: RelationPrinter, node: nodes.Project, outer: Environment) -> Block:
    block = printer.block(node.input, outer)
    if Stage.GROUP <= block.stage <= Stage.HAVING and not _is_about_groups(value for _, value in node.assignments):
        block = printer.wrapped(block, node.input.fields)
    if all(isinstance(value, ir.Reference) for _, value in node.assignments) and block.select is None:
        # Only other names for what is there: no SELECT of its own.
        names = {**outer, **block.environment}
        block.environment = {field: names[value.field] for field, value in node.assignments}  # type: ignore[attr-defined]
        return block
    if block.stage >= Stage.ORDER:
        return _projected_in_order(printer, node, block, outer)
    if block.stage >= Stage.SELECT:
        block = printer.wrapped(block, node.input.fields)
    return _projected(printer, node, block, outer)


def _projected(printer: RelationPrinter, node: nodes.Project, block: Block, outer: Environment) -> Block:
    expressions = printer.expressions(block, outer)
    block.select = [(expressions.column(value), printer.names.column(field)) for field, value in node.assignments]
    block.environment = {field: name for (field, _), (_, name) in zip(node.assignments, block.select, strict=True)}
    block.stage = Stage.SELECT
    return block


def _projected_in_order(printer: RelationPrinter, node: nodes.Project, block: Block, outer: Environment) -> Block:
    """A projection over an order: the order moves out with it, since that of a subquery counts for nothing."""
    keys, limit = block.keys, block.limit
    ordered_by = {part.field for key in keys for part in ir.walk(key.value) if isinstance(part, ir.Reference)}
    if not ordered_by.issubset(node.input.fields):
        # What is ordered by is no longer there: the rows are right, and their order is nobody's promise.
        return _projected(printer, node, printer.wrapped(block, node.input.fields), outer)
    block.order_by, block.keys, block.limit = "", (), ""
    block = printer.wrapped(block, node.input.fields)
    order_by = printer.expressions(block, outer).sort_keys(keys)
    block = _projected(printer, node, block, outer)
    renamed = {value: ir.Reference(field.type, field) for field, value in node.assignments}
    keys = tuple(replace(key, value=renamed.get(key.value, key.value)) for key in keys)
    block.order_by, block.keys, block.limit = order_by, keys, limit
    block.stage = Stage.LIMIT if limit else Stage.ORDER
    return block


@prints(nodes.Join)
def _join(printer: RelationPrinter, node: nodes.Join, outer: Environment) -> Block:
    left = _side(printer, node, node.left, outer)
    inner = {**outer, **left.environment} if node.lateral else outer
    right = _side(printer, node, node.right, inner)
    environment = {**left.environment, **right.environment}
    lateral = "LATERAL " if node.lateral else ""
    right_source = f"({right.source})" if right.joined else right.source
    joined = Block(f"{left.source} {node.kind} JOIN {lateral}{right_source}", environment, joined=True)
    if node.kind != "CROSS":
        expressions = printer.expressions(joined, outer)
        condition = ir.TRUE if node.condition is None else joining(expressions, node.condition)
        joined.source += f" ON {expressions.sql(condition)}"
    return joined


def _side(printer: RelationPrinter, node: nodes.Join, side: nodes.Relation, outer: Environment) -> Block:
    """A side of a join; of an outer one with column names that the other side has not.

    DataFusion gives a filter above an outer join to the side that has a column of the name, be it the other's.
    """
    block = printer.from_item(side, outer)
    if node.kind in ("INNER", "CROSS") or node.lateral or block.named:
        return block
    return printer.wrapped(block, side.fields)


@prints(nodes.Sort)
def _sort(printer: RelationPrinter, node: nodes.Sort, outer: Environment) -> Block:
    block = printer.at(Stage.ORDER, node.input, outer)
    return _ordered(printer, block, node.keys, node.fields, outer)


def _ordered(
    printer: RelationPrinter,
    block: Block,
    keys: tuple[ir.SortKey, ...],
    fields: tuple[ir.Field, ...],
    outer: Environment,
) -> Block:
    block.keys = keys
    block.order_by = printer.expressions(block, outer).sort_keys(keys)
    if block.stage < Stage.SELECT:
        block = printer.selected(block, fields)
    block.stage = Stage.ORDER
    return block


@prints(nodes.Limit)
def _limit(printer: RelationPrinter, node: nodes.Limit, outer: Environment) -> Block:
    block = printer.at(Stage.LIMIT, node.input, outer)
    if block.stage < Stage.SELECT:
        block = printer.selected(block, node.fields)
    parts = [f"LIMIT {node.count}"] if node.count is not None else []
    parts.extend([f"OFFSET {node.offset}"] if node.offset else [])
    block.limit = " ".join(parts)
    block.stage = Stage.LIMIT
    return block


@prints(nodes.Sample)
def _sample(printer: RelationPrinter, node: nodes.Sample, outer: Environment) -> Block:
    """Each row by itself, whatever the method: there are no splits to take whole."""
    # As a column: a condition on random() alone would go down to where rows are not yet told apart.
    chance = ir.Field("chance", DOUBLE)
    block = printer.at(Stage.SELECT, node.input, outer)
    block.environment = {**block.environment, chance: "random()"}
    block = printer.wrapped(block, (*node.fields, chance))
    block.where.append(f"{block.environment[chance]} < {node.probability!r}")
    block.stage = Stage.WHERE
    return block


@prints(nodes.SetOperation)
def _set_operation(printer: RelationPrinter, node: nodes.SetOperation, outer: Environment) -> Block:
    if any(has_hidden_differences(field.type) for field in node.fields):
        if node.operator != "UNION":
            node = compared_alike(node)
        elif node.distinct:
            return printer.block(united(node), outer)
    operator = f" {node.operator}{'' if node.distinct else ' ALL'} "
    alias = printer.names.table()
    columns = [f"c{index}" for index in range(len(node.fields))]
    # Where DataFusion finds all inputs but one to be empty, it looks for that one's columns under the first's names.
    inner = [f"({printer.under_names(one, columns, outer)})" for one in node.inputs]
    environment = {field: f"{alias}.{column}" for field, column in zip(node.fields, columns, strict=True)}
    return Block(f"({operator.join(inner)}) AS {alias}({', '.join(columns)})", environment)


@prints(PatternRecognition)
def _pattern_recognition(printer: RelationPrinter, node: PatternRecognition, outer: Environment) -> Block:
    from owlake.planning.patterns import pattern_recognition  # noqa: PLC0415  (the operator's modules, on use)

    return pattern_recognition(printer, node, outer)
