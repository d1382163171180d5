"""Series of numbers as rows, by DataFusion's own generator: they are made as they are wanted."""

from __future__ import annotations

from owlake.ir import relations as nodes
from owlake.planning.blocks import Block
from owlake.planning.expressions import Environment
from owlake.planning.relations import RelationPrinter, prints


@prints(nodes.Series)
def _series(printer: RelationPrinter, node: nodes.Series, _: Environment) -> Block:
    alias = printer.names.table()
    source = f"generate_series({node.start}, {node.stop}, {node.step}) AS {alias}(number)"
    return Block(source, {node.fields[0]: f"{alias}.number"})
