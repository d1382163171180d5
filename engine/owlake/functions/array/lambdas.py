"""Functions that take a lambda: its body is evaluated over the elements of all rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from owlake.functions.array.building import side_by_side
from owlake.functions.array.family import FAMILY
from owlake.functions.equality import UNKNOWN, YES, Answers, all_of, any_of
from owlake.functions.lists import columns, concatenated, elements_of, lists, true_flags
from owlake.functions.registry import CallSite
from owlake.functions.segments import Flags, Segments, valid_flags
from owlake.ir.expressions import Lambda

if TYPE_CHECKING:
    from owlake.planning.udfs import LambdaFunction


@FAMILY.kernel("transform(array(T), function(T,U)) -> array(U)")
def _transform(array: Any, function: LambdaFunction) -> pa.Array:
    """What the function makes of each element."""
    (arrays,), nulls = columns(array)
    rows = elements_of(arrays)
    return lists(rows.with_columns(function(rows.owners, rows.columns[0])), nulls)


@FAMILY.kernel("filter(array(T), function(T,boolean)) -> array(T)")
def _filter(array: Any, function: LambdaFunction) -> pa.Array:
    """The elements that the function says yes to."""
    (arrays,), nulls = columns(array)
    rows = elements_of(arrays)
    return lists(rows.taken(np.flatnonzero(true_flags(function(rows.owners, rows.columns[0])))), nulls)


@FAMILY.kernel("zip_with(array(T), array(U), function(T,U,R)) -> array(R)")
def _zip_with(left: Any, right: Any, function: LambdaFunction) -> pa.Array:
    """What the function makes of the elements at the same places; NULL where an array has ended."""
    (lefts, rights), nulls = columns(left, right)
    rows = side_by_side([elements_of(lefts), elements_of(rights)])
    return lists(rows.with_columns(function(rows.owners, *rows.columns)), nulls)


@FAMILY.sql("invoke(function(T)) -> T", hidden=True)
def _invoke(site: CallSite) -> str:
    """What a function of nothing gives."""
    (function,) = site.arguments
    assert isinstance(function, Lambda)
    return site.render(function.body)


@FAMILY.kernel("apply(T, function(T,U)) -> U", hidden=True, null_call=True)
def _apply(value: Any, function: LambdaFunction) -> pa.Array:
    """What the function makes of a value."""
    (values,), _ = columns(value)
    return function(np.arange(len(values), dtype=np.int64), values)


# Predicates ---------------------------------------------------------------------------------------------


def _answers(array: Any, function: LambdaFunction) -> tuple[Segments, Answers, Flags | None]:
    (arrays,), nulls = columns(array)
    rows = elements_of(arrays)
    found = function(rows.owners, rows.columns[0])
    answers = np.where(valid_flags(found), true_flags(found) * np.int8(YES), UNKNOWN).astype(np.int8)
    return rows, answers, nulls


def _booleans(answers: Answers, nulls: Flags | None) -> pa.Array:
    unknown = answers == UNKNOWN
    return pa.array(answers == YES, pa.bool_(), mask=unknown if nulls is None else unknown | nulls)


@FAMILY.kernel("any_match(array(T), function(T,boolean)) -> boolean")
def _any_match(array: Any, function: LambdaFunction) -> pa.Array:
    """Whether the function says yes to an element; NULL if not, but to one it says NULL."""
    rows, answers, nulls = _answers(array, function)
    return _booleans(any_of(rows, answers), nulls)


@FAMILY.kernel("all_match(array(T), function(T,boolean)) -> boolean")
def _all_match(array: Any, function: LambdaFunction) -> pa.Array:
    """Whether the function says yes to all elements; NULL if to none no, but to one NULL."""
    rows, answers, nulls = _answers(array, function)
    return _booleans(all_of(rows, answers), nulls)


@FAMILY.kernel("none_match(array(T), function(T,boolean)) -> boolean")
def _none_match(array: Any, function: LambdaFunction) -> pa.Array:
    """Whether the function says yes to no element; NULL if to none yes, but to one NULL."""
    rows, answers, nulls = _answers(array, function)
    return _booleans(YES - any_of(rows, answers), nulls)


# Reduction ----------------------------------------------------------------------------------------------


@FAMILY.kernel("reduce(array(T), S, function(S,T,S), function(S,R)) -> R", null_call=True)
def _reduce(array: Any, initial: Any, step: LambdaFunction, finish: LambdaFunction) -> pa.Array:
    """What the second function makes of the state that the first one goes through, element by element."""
    (arrays, states), _ = columns(array, initial)
    rows = elements_of(arrays)
    if not arrays.null_count:
        return finish(np.arange(len(arrays), dtype=np.int64), final_states(rows, states, step))
    present = np.flatnonzero(valid_flags(arrays))
    results = finish(present, final_states(rows, states, step).take(pa.array(present)))
    places = np.full(len(arrays), -1, np.int64)
    places[present] = np.arange(len(present))
    return results.take(pa.array(places, mask=places < 0))


def final_states(rows: Segments, states: pa.Array, step: LambdaFunction) -> pa.Array:
    """Each row's state behind its last element: one step is one question for all rows that have so many elements.

    The rows stand by length, longest first, so that those still under way are the first ones; where all are of one
    length, nothing is put in order, and back.
    """
    length = int(rows.lengths.max(initial=0))
    if (rows.lengths == length).all():
        owners, first = np.arange(len(rows), dtype=np.int64), rows.offsets[:-1]
        for place in range(length):
            states = step(owners, states, rows.columns[0].take(pa.array(first + place)))
        return states
    order = np.argsort(-rows.lengths, kind="stable")
    lengths, starts = rows.lengths[order], rows.offsets[:-1][order]
    current = states.take(pa.array(order))
    ended: list[pa.Array] = []
    for place in range(int(lengths.max(initial=0))):
        active = int(np.searchsorted(-lengths, -place, side="left"))
        if active < len(current):
            ended.append(current.slice(active))
            current = current.slice(0, active)
        elements = rows.columns[0].take(pa.array(starts[:active] + place))
        current = step(order[:active], current, elements)
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return concatenated([current, *reversed(ended)]).take(pa.array(back))
