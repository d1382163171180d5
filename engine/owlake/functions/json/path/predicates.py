"""Three-valued logic of the predicates in paths, and the comparison of sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from owlake.functions.json.path.arithmetic import compare
from owlake.functions.json.path.items import Item, PathError, Typed, scalar_of

Decide = Callable[[Any], "bool | None"]
"""A predicate in a context; None is unknown."""


def known(decide: Decide) -> Decide:
    """Unknown where a path in the predicate fails."""

    def guarded(context: Any) -> bool | None:
        try:
            return decide(context)
        except PathError:
            return None

    return guarded


def exists(path: Callable[[Any], Sequence[Item]]) -> Decide:
    """Whether a path gives anything."""
    return lambda context: bool(path(context))


def conjunction(left: Decide, right: Decide) -> Decide:
    """``&&``; the right side is not asked where the left is false."""

    def decide(context: Any) -> bool | None:
        one = left(context)
        if one is False:
            return False
        other = right(context)
        return False if other is False else None if one is None or other is None else True

    return decide


def disjunction(left: Decide, right: Decide) -> Decide:
    """``||``; the right side is not asked where the left is true."""

    def decide(context: Any) -> bool | None:
        one = left(context)
        if one is True:
            return True
        other = right(context)
        return True if other is True else None if one is None or other is None else False

    return decide


def compare_sequences(operator: str, left: Sequence[Item], right: Sequence[Item], *, lax: bool) -> bool | None:
    """Whether the comparison holds for a pair of items; unknown for items that do not compare.

    Null compares with everything, an array or object with null alone.
    """
    if not left or not right:
        return False
    kinds, others = {_category(item) for item in left}, {_category(item) for item in right}
    if ("nested" in kinds and others - {"null"}) or ("nested" in others and kinds - {"null"}):
        return None
    found = False
    if operator == "==":
        found = "null" in kinds and "null" in others
    elif operator == "<>":
        found = ("null" in kinds and bool(others - {"null"})) or ("null" in others and bool(kinds - {"null"}))
    if (found and lax) or "scalar" not in kinds or "scalar" not in others:
        return found
    return _compare_scalars(operator, _scalars(left), _scalars(right), found=found, lax=lax)


def _category(item: Item) -> str:
    if item is None:
        return "null"
    return "nested" if isinstance(item, list | dict) else "scalar"


def _scalars(sequence: Sequence[Item]) -> list[Typed]:
    return [found for item in sequence if item is not None and (found := scalar_of(item)) is not None]


def _compare_scalars(
    operator: str, left: Sequence[Typed], right: Sequence[Typed], *, found: bool, lax: bool
) -> bool | None:
    for one in left:
        for other in right:
            result = compare(operator, one, other)
            if result is None:
                return None
            if result:
                if lax:
                    return True
                found = True
    return found
