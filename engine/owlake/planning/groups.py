"""Groups, windows and distinct rows to DataFusion SQL."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.functions.registry import REGISTRY
from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.planning.alike import alike_counted, alike_keys, alike_partitions, grouped
from owlake.planning.blocks import Block, Stage
from owlake.planning.comparisons import has_hidden_differences
from owlake.planning.dependencies import kept, may_be_dropped
from owlake.planning.distinct import marked
from owlake.planning.expressions import Environment
from owlake.planning.relations import RelationPrinter, prints
from owlake.planning.same_names import groups_apart, windows_apart
from owlake.planning.tiles import tiled
from owlake.types.model import BIGINT

_BITS_OF_GROUPING = 31


@prints(nodes.Aggregate)
def _aggregate(printer: RelationPrinter, node: nodes.Aggregate, outer: Environment) -> Block:
    if not node.keys and not node.aggregations:
        return _nothing_asked(printer, node, outer)
    node = groups_apart(alike_keys(marked(alike_counted(node))))
    block = printer.at(Stage.GROUP, node.input, outer)
    expressions = printer.expressions(block, outer)
    keys = expressions.all([key for _, key in node.keys])
    if may_be_dropped(node.input, len(keys)):
        keys = [kept(key, sql) for (_, key), sql in zip(node.keys, keys, strict=True)]
    environment = {field: sql for (field, _), sql in zip(node.keys, keys, strict=True)}
    for field, call in node.aggregations:
        environment[field] = expressions.sql(call)
    for field, indexes in node.grouping_ids:
        environment[field] = _grouping([keys[index] for index in indexes])
    block.group_by = _group_by(keys, node.grouping_sets)
    block.environment = environment
    block.stage = Stage.GROUP
    return block


def _grouping(keys: Sequence[str]) -> str:
    """The bits of the keys that are not grouped by: DataFusion has a number of 32 bits for them."""
    if len(keys) <= _BITS_OF_GROUPING:
        return f"CAST(grouping({', '.join(keys)}) AS INT)"
    bits = (f"CAST(grouping({key}) AS BIGINT) * {1 << place}" for place, key in enumerate(reversed(keys)))
    return f"({' + '.join(bits)})"


def _nothing_asked(printer: RelationPrinter, node: nodes.Aggregate, outer: Environment) -> Block:
    """One group of all rows, a row for each time that it is asked for: SQL needs an aggregate to say so."""
    rows = ir.Field("rows", BIGINT)
    count = ir.Aggregation(BIGINT, REGISTRY.resolve("count", ()).function, ())
    whole = nodes.Aggregate((rows,), node.input, (), ((rows, count),))
    block = printer.wrapped(printer.block(whole, outer), (rows,))
    times = len(node.grouping_sets or ((),))
    if times > 1:
        block.source += f" CROSS JOIN (VALUES {', '.join(['(1)'] * times)}) AS {printer.names.table()}"
        block.joined = True
    block.environment = dict.fromkeys((field for field, _ in node.grouping_ids), "CAST(0 AS INT)")
    return block


def _group_by(keys: list[str], sets: tuple[tuple[int, ...], ...] | None) -> str:
    if sets is None:
        return ", ".join(dict.fromkeys(keys))
    shown = [f"({', '.join(dict.fromkeys(keys[index] for index in one))})" for one in sets]
    return f"GROUPING SETS ({', '.join(shown)})"


@prints(nodes.Window)
def _window(printer: RelationPrinter, node: nodes.Window, outer: Environment) -> Block:
    from owlake.planning.frames import framed_apart  # noqa: PLC0415  (the operator's modules, on use)

    for rewritten in (framed_apart(node), tiled(node)):
        if rewritten is not node:
            return printer.block(rewritten, outer)
    node = windows_apart(alike_partitions(node))
    block = printer.at(Stage.WINDOW, node.input, outer)
    expressions = printer.expressions(block, outer)
    calls = {field: expressions.sql(call) for field, call in node.calls}
    block.environment = {**block.environment, **calls}
    block.stage = Stage.WINDOW
    return block


@prints(nodes.Distinct)
def _distinct(printer: RelationPrinter, node: nodes.Distinct, outer: Environment) -> Block:
    if any(has_hidden_differences(field.type) for field in node.fields):
        return printer.block(grouped(node), outer)
    if may_be_dropped(node.input, len(node.fields)):
        keys = tuple((field, ir.Reference(field.type, field)) for field in node.fields)
        return printer.block(nodes.Aggregate(node.fields, node.input, keys, ()), outer)
    block = printer.selected(printer.at(Stage.DISTINCT, node.input, outer), node.fields)
    block.distinct = True
    block.stage = Stage.DISTINCT
    return block
