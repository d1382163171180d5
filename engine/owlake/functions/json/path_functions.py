"""JSON_EXISTS, JSON_VALUE and JSON_QUERY (https://trino.io/docs/current/functions/json.html#json-exists)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.functions.arrays import expanded, length_of
from owlake.functions.json.documents import Value, write
from owlake.functions.json.invocation import ENCODINGS, InputError, Invocation, Outcome, failure_of, outcomes
from owlake.functions.json.path.casting import cast_items
from owlake.functions.json.path.items import BIGINTS, Item, PathError, json_of, scalar_of
from owlake.types.arrow import arrow_type
from owlake.types.model import VARBINARY, Char, Type, Varchar

Kernel = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ExistsCall:
    """JSON_EXISTS; ``on_error`` TRUE, FALSE, UNKNOWN or ERROR."""

    invocation: Invocation
    on_error: str = "FALSE"


@dataclass(frozen=True, slots=True)
class ValueCall:
    """JSON_VALUE; what happens ON EMPTY and ON ERROR is NULL, ERROR or DEFAULT."""

    invocation: Invocation
    returning: Type
    on_empty: str = "NULL"
    on_error: str = "NULL"


@dataclass(frozen=True, slots=True)
class QueryCall:
    """JSON_QUERY; what happens ON EMPTY and ON ERROR is NULL, ERROR, EMPTY ARRAY or EMPTY OBJECT.

    ``wrapper`` is WITHOUT, CONDITIONAL or UNCONDITIONAL.
    """

    invocation: Invocation
    returning: Type
    output_format: str = "JSON"
    wrapper: str = "WITHOUT"
    omit_quotes: bool = False
    on_empty: str = "NULL"
    on_error: str = "NULL"


# JSON_EXISTS --------------------------------------------------------------------------------------------


@cache
def exists_kernel(call: ExistsCall) -> Kernel:
    """The kernel over the input and the values passed."""

    def json_exists(*columns: Any) -> list[bool | None]:
        return [_exists(found, call.on_error) for found in outcomes(call.invocation, columns)]

    return json_exists


def _exists(found: Outcome, on_error: str) -> bool | None:
    if isinstance(found, InputError | PathError):
        if on_error == "ERROR":
            raise failure_of(found)
        return {"TRUE": True, "FALSE": False, "UNKNOWN": None}[on_error]
    return None if found is None else bool(found)


# JSON_VALUE ---------------------------------------------------------------------------------------------

_RESULT_ERROR = "cannot extract SQL scalar from JSON: "


class _Rows:
    """The rows of a JSON_VALUE as they come in: items, and the rows for which something else stands."""

    def __init__(self, on_empty: str, on_error: str) -> None:
        self._behaviors = {"empty": on_empty, "error": on_error}
        self.items: list[Item] = []
        self.defaults: dict[int, str] = {}

    def add(self, outcome: Outcome) -> None:
        if outcome is None:
            self.items.append(None)
        elif isinstance(outcome, InputError | PathError):
            self._instead("error", failure_of(outcome))
        elif not outcome:
            self._instead("empty", _result_error("JSON path found no items"))
        elif len(outcome) > 1:
            self._instead("error", _result_error("JSON path found multiple items"))
        else:
            self._add_item(outcome[0])

    def _add_item(self, item: Item) -> None:
        kind = type(item)
        if kind is list or kind is dict or (kind is int and item not in BIGINTS):
            text = "JSON path found an item that cannot be converted to an SQL value"
            self._instead("error", _result_error(text))
        else:
            self.items.append(item)

    def _instead(self, what: str, problem: OwlakeError) -> None:
        if self._behaviors[what] == "ERROR":
            raise problem
        if self._behaviors[what] == "DEFAULT":
            self.defaults[len(self.items)] = what
        self.items.append(None)

    def no_cast(self, row: int, source: Type, target: Type) -> None:
        """A row whose item has no form in the wanted type."""
        if self._behaviors["error"] == "ERROR":
            text = "Cannot cast value of type {} to declared return type of function JSON_VALUE: {}"
            raise _result_error(text.format(source, target))
        if self._behaviors["error"] == "DEFAULT":
            self.defaults[row] = "error"


def _result_error(text: str) -> OwlakeError:
    return error("JSON_VALUE_RESULT_ERROR", f"{_RESULT_ERROR}{text}")


def scalar_column(
    found: Sequence[Outcome] | Any, call: ValueCall, on_empty: pa.Array | None, on_error: pa.Array | None
) -> pa.Array:
    """What JSON_VALUE gives for the outcomes of a path; the defaults have a value for each row."""
    rows = _Rows(call.on_empty, call.on_error)
    for outcome in found:
        rows.add(outcome)
    values, failed = cast_items(rows.items, call.returning)
    for row in failed:
        item = scalar_of(rows.items[row])
        assert item is not None
        rows.no_cast(row, item.type, call.returning)
    if not rows.defaults:
        return values
    places = np.arange(len(values))
    length = len(values)
    for row, what in rows.defaults.items():
        places[row] = row + length * (1 if what == "empty" else 2)
    nulls = pa.nulls(length, values.type)
    parts = [values, *(nulls if one is None else one.cast(values.type) for one in (on_empty, on_error))]
    return pa.concat_arrays(parts).take(pa.array(places))


@cache
def value_kernel(call: ValueCall) -> Kernel:
    """The kernel over the input, the values passed, and the defaults that there are."""
    defaults = [what for what in (call.on_empty, call.on_error) if what == "DEFAULT"]

    def json_value(*columns: Any) -> pa.Array:
        length = length_of(columns)
        given = iter([expanded(column, length) for column in columns[len(columns) - len(defaults) :]])
        on_empty = next(given) if call.on_empty == "DEFAULT" else None
        on_error = next(given) if call.on_error == "DEFAULT" else None
        return scalar_column(outcomes(call.invocation, columns), call, on_empty, on_error)

    return json_value


# JSON_QUERY ---------------------------------------------------------------------------------------------

_EMPTY: dict[str, Value] = {"EMPTY ARRAY": [], "EMPTY OBJECT": {}}


@cache
def query_kernel(call: QueryCall) -> Kernel:
    """The kernel over the input and the values passed."""

    def json_query(*columns: Any) -> pa.Array:
        return query_column(outcomes(call.invocation, columns), call)

    return json_query


def query_column(found: Any, call: QueryCall) -> pa.Array:
    """What JSON_QUERY gives for the outcomes of a path."""
    output = writer(call.returning, call.output_format, omit_quotes=call.omit_quotes)
    return pa.array([_query(one, call, output) for one in found], arrow_type(call.returning))


def _query(found: Outcome, call: QueryCall, output: Callable[[Value], Any]) -> Any:
    if found is None:
        return None
    if isinstance(found, InputError | PathError):
        return _special(call.on_error, failure_of(found), output)
    if not found:
        return _special(call.on_empty, _output_error("JSON path found no items"), output)
    values = []
    for item in found:
        try:
            values.append(json_of(item))
        except ValueError:
            text = f"JSON path returned a scalar SQL value of type {item.type} that cannot be represented as JSON"
            return _special(call.on_error, _output_error(text), output)
    if call.wrapper == "UNCONDITIONAL" or (
        call.wrapper == "CONDITIONAL" and (len(values) != 1 or not isinstance(values[0], list | dict))
    ):
        return output(values)
    if len(values) > 1:
        return _special(call.on_error, _output_error("JSON path found multiple items"), output)
    return output(values[0])


def _special(behavior: str, problem: OwlakeError, output: Callable[[Value], Any]) -> Any:
    if behavior == "ERROR":
        raise problem
    return None if behavior == "NULL" else output(_EMPTY[behavior])


def _output_error(text: str) -> OwlakeError:
    return error("JSON_OUTPUT_CONVERSION_ERROR", f"conversion from JSON failed: {text}")


def writer(type_: Type, format_: str, *, omit_quotes: bool = False) -> Callable[[Value], Any]:
    """What turns a value of JSON into text or bytes of a type; text is cut where it is too long."""

    def text_of(value: Value) -> str:
        return value if omit_quotes and type(value) is str else write(value)

    if type_ == VARBINARY:
        encoding = ENCODINGS.get(format_, "utf-8")
        return lambda value: text_of(value).encode(encoding)
    assert isinstance(type_, Varchar | Char)
    length = type_.length
    if isinstance(type_, Char):
        return lambda value: text_of(value)[:length].rstrip(" ")
    return text_of if length is None else lambda value: text_of(value)[:length]
