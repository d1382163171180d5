"""UNNEST to DataFusion SQL: its own ``unnest`` in a select list, at native speed.

DataFusion's pads shorter arrays with NULL as Trino's does, and drops rows without elements; an outer join keeps
those by giving them one NULL element.
"""

from __future__ import annotations

from owlake.ir import expressions as ir
from owlake.ir import relations as nodes
from owlake.planning.blocks import Block
from owlake.planning.expressions import Environment
from owlake.planning.relations import RelationPrinter, prints
from owlake.planning.text import cast_text, string
from owlake.types.arrow import field_names
from owlake.types.model import Array, Map, Row, Type

_SIZES = {"array": "array_length", "map": "cardinality"}
"""How many elements there are: DataFusion's ``cardinality`` counts those of inner arrays too."""


@prints(nodes.Unnest)
def _unnest(printer: RelationPrinter, node: nodes.Unnest, outer: Environment) -> Block:
    lists = _with_lists(printer, node, outer)
    alias = printer.names.table()
    sizes = [f"coalesce(CAST({_SIZES[type_.base]}({name}) AS BIGINT), 0)" for name, type_ in lists.items]
    longest = sizes[0] if len(sizes) == 1 else f"greatest({', '.join(sizes)})"
    shown = [f"{lists.environment[field]} AS {lists.names[field]}" for field in node.input.fields]
    unnested: list[tuple[str, Type]] = []
    for name, type_ in lists.items:
        for elements, element in _element_lists(name, type_):
            column = f"e{len(unnested)}"
            unnested.append((column, element))
            kept = elements
            if node.outer:
                null = f"make_array({cast_text('NULL', element)})"
                kept = f"CASE WHEN {longest} = 0 THEN {null} ELSE {elements} END"
            shown.append(f"unnest({kept}) AS {column}")
    if node.ordinality is not None:
        ordinals = f"range(1, 1 + {longest})"
        if node.outer:
            ordinals = f"CASE WHEN {longest} = 0 THEN make_array(CAST(NULL AS BIGINT)) ELSE {ordinals} END"
        shown.append(f"unnest({ordinals}) AS ordinal")
    # One list alone gives no row for none; beside others, or numbers, an empty one would be padded.
    where = "" if node.outer or len(shown) == len(node.input.fields) + 1 else f" WHERE {longest} > 0"
    source = f"(SELECT {', '.join(shown)} FROM {lists.source}{where}) AS {alias}"
    environment = {field: f"{alias}.{lists.names[field]}" for field in node.input.fields}
    environment.update(_new_fields(node, alias, unnested))
    if any(isinstance(element, Row) for _, element in unnested):
        # Fields of rows as columns of their own: DataFusion loses track of such expressions in a join's condition.
        return printer.wrapped(Block(source, environment), node.fields)
    return Block(source, environment)


class _Lists:
    """The input with its arrays and maps computed once, as columns."""

    def __init__(self) -> None:
        self.source = ""
        self.environment: dict[ir.Field, str] = {}
        self.names: dict[ir.Field, str] = {}
        self.items: list[tuple[str, Type]] = []


def _with_lists(printer: RelationPrinter, node: nodes.Unnest, outer: Environment) -> _Lists:
    block = printer.block(node.input, outer)
    if block.stage > block.stage.WHERE:
        block = printer.wrapped(block, node.input.fields)
    expressions = printer.expressions(block, outer)
    lists = _Lists()
    alias = printer.names.table()
    shown = []
    for field in node.input.fields:
        lists.names[field] = printer.names.column(field)
        shown.append(f"{block.environment[field]} AS {lists.names[field]}")
        lists.environment[field] = f"{alias}.{lists.names[field]}"
    for index, (value, _) in enumerate(node.items):
        shown.append(f"{expressions.sql(value)} AS l{index}")
        lists.items.append((f"{alias}.l{index}", value.type))
    lists.source = f"({block.text(', '.join(shown))}) AS {alias}"
    return lists


def _element_lists(name: str, type_: Type) -> list[tuple[str, Type]]:
    """The arrays that an unnested value becomes: a map two of them."""
    if isinstance(type_, Map):
        return [(f"map_keys({name})", type_.key), (f"map_values({name})", type_.value)]
    assert isinstance(type_, Array)
    return [(name, type_.element)]


def _new_fields(node: nodes.Unnest, alias: str, unnested: list[tuple[str, Type]]) -> dict[ir.Field, str]:
    environment: dict[ir.Field, str] = {}
    columns = iter(unnested)
    for value, fields in node.items:
        if isinstance(value.type, Map):
            for field in fields:
                environment[field] = f"{alias}.{next(columns)[0]}"
            continue
        column, element = next(columns)
        if isinstance(element, Row):
            for field, name in zip(fields, field_names(element), strict=True):
                whole = f"{alias}.{column}"
                environment[field] = f"CASE WHEN {whole} IS NOT NULL THEN get_field({whole}, {string(name)}) END"
        else:
            environment[fields[0]] = f"{alias}.{column}"
    if node.ordinality is not None:
        environment[node.ordinality] = f"{alias}.ordinal"
    return environment
