"""Walking a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from owlake.dialect.nodes.base import Node
from owlake.dialect.nodes.expressions import Parameter


def walk(root: Node) -> Iterator[Node]:
    """The node and all below it, parents first, in the order of their fields. Depth costs no stack."""
    pending: list[object] = [root]
    while pending:
        item = pending.pop()
        if isinstance(item, Node):
            yield item
            pending.extend(getattr(item, name) for name in _names(type(item)))
        elif isinstance(item, tuple):
            pending.extend(reversed(item))


_FIELD_NAMES: dict[type[Node], tuple[str, ...]] = {}


def _names(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a class, last first."""
    names = _FIELD_NAMES.get(kind)
    if names is None:
        names = _FIELD_NAMES[kind] = tuple(field.name for field in reversed(fields(kind)))
    return names


def count_parameters(root: Node) -> int:
    """How many ``?`` the tree has."""
    return sum(isinstance(node, Parameter) for node in walk(root))
