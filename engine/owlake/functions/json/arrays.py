"""Functions over JSON arrays, and what kind of value a document is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice, starmap
from math import isfinite
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import expanded, length_of
from owlake.functions.json.documents import check_depth, check_depths, read, write
from owlake.functions.json.family import FAMILY
from owlake.functions.json.scanning import MalformedError, Scanner, elements, unquoted
from owlake.functions.registry import Execution

_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_LONGEST_SHOWN = 10_000


def _items(text: str) -> Iterable[str]:
    """The texts of an array's elements; MalformedError where, and when, Trino comes upon it."""
    check_depth(text)
    try:
        return [bytes(item).decode() for item in _ELEMENTS.decode(text)]
    except msgspec.DecodeError:
        return elements(text)


def _over_rows(call: Callable[..., Any], type_: pa.DataType, *columns: Any, whole: Callable[..., Any]) -> pa.Array:
    """A Python function over the values of each row; NULL among them, or a text that is no JSON, gives NULL.

    ``whole`` gives the same of documents that are right as a whole, from beginning to end, and arrays: nearly all are.
    """
    length = length_of(columns)
    given = [expanded(column, length) for column in columns]
    check_depths(given[0])
    arrays = pc.match_substring_regex(given[0], r"^[ \t\n\r]*\[")
    if not pc.all(arrays).as_py():
        # Of what is no array nothing is known, and nothing has to be read.
        given[0] = pc.if_else(arrays, given[0], pa.scalar(None, pa.string()))
    rows = list(zip(*(column.to_pylist() for column in given), strict=True))
    missing = any(column.null_count for column in given)
    try:
        if not missing:
            return pa.array(list(starmap(whole, rows)), type_)
        return pa.array([None if None in row else whole(*row) for row in rows], type_)
    except msgspec.DecodeError:
        return pa.array([None if None in row else _guarded(whole, call, row) for row in rows], type_)


def _guarded(whole: Callable[..., Any], call: Callable[..., Any], row: tuple[Any, ...]) -> Any:
    with suppress(msgspec.DecodeError):
        return whole(*row)
    with suppress(MalformedError):
        return call(*row)
    return None


@FAMILY.kernel("json_array_length(varchar(x)) -> bigint", execution=Execution.VALUE)
@FAMILY.kernel("json_array_length(json) -> bigint", execution=Execution.VALUE)
def json_array_length(texts: Any) -> pa.Array:
    """How many elements an array has; NULL for anything else."""
    return _over_rows(
        lambda text: sum(1 for _ in _items(text)), pa.int64(), texts, whole=lambda text: len(_ELEMENTS.decode(text))
    )


@FAMILY.kernel(
    *(f"json_array_contains({text}, {value}) -> boolean"
      for text in ("varchar(x)", "json") for value in ("boolean", "bigint", "double", "varchar(y)")),
    execution=Execution.VALUE,
)  # fmt: skip
def json_array_contains(texts: Any, values: Any) -> pa.Array:
    """Whether an array has this boolean, number or string among its elements; NULL for anything but an array."""
    return _over_rows(_contains, pa.bool_(), texts, values, whole=_contains_value)


_VALUES = msgspec.json.Decoder(list[Any]).decode


def _contains_value(text: str, wanted: bool | float | str) -> bool:
    values = _VALUES(text)
    if wanted not in values:
        return False
    # To Python true is 1, and 1 is 1.0.
    kind = type(wanted)
    if type(values[values.index(wanted)]) is kind:
        return True
    return wanted in [value for value in values if type(value) is kind]


def _contains(text: str, wanted: bool | float | str) -> bool:
    match wanted:
        case bool():
            return any(item == ("true" if wanted else "false") for item in _items(text))
        case int():
            return any(_is_whole(item) and int(item) == wanted for item in _items(text))
        case float():
            # Trino does not look at the array then.
            return isfinite(wanted) and any(_is_fraction(item) and float(item) == wanted for item in _items(text))
        case _:
            return any(item[0] == '"' and unquoted(item) == wanted for item in _items(text))


def _is_whole(item: str) -> bool:
    return item.removeprefix("-").isdigit()


def _is_fraction(item: str) -> bool:
    return item[0] in "-0123456789" and not _is_whole(item)


@FAMILY.kernel("json_array_get(varchar(x), bigint) -> json", execution=Execution.VALUE)
@FAMILY.kernel("json_array_get(json, bigint) -> json", execution=Execution.VALUE)
def json_array_get(texts: Any, indexes: Any) -> pa.Array:
    """An element of an array, counted from 0, or from its end; a string without its quotes."""
    return _over_rows(_element, pa.string(), texts, indexes, whole=_element_of_array)


def _element_of_array(text: str, index: int) -> str | None:
    items = _ELEMENTS.decode(text)
    if not -len(items) <= index < len(items):
        return None
    item = bytes(items[index]).decode()
    return item if item[0] in _NUMBER_STARTS else _bare(item)


_NUMBER_STARTS = "-0123456789"


def _element(text: str, index: int) -> str | None:
    items = _items(text)
    if index < 0:
        items = list(items)
        index += len(items)
        if index < 0:
            return None
    found = next(islice(iter(items), index, None), None)
    return None if found is None else _bare(found)


def _bare(item: str) -> str | None:
    match item[0]:
        case '"':
            return unquoted(item).encode("utf-8", "replace").decode()
        case "{" | "[":
            return write(read(item))
        case "n":
            return None
        case _:
            return item


@FAMILY.kernel("is_json_scalar(varchar(x)) -> boolean", raises=True, execution=Execution.VALUE)
@FAMILY.kernel("is_json_scalar(json) -> boolean", execution=Execution.VALUE)
def is_json_scalar(texts: Any) -> pa.Array:
    """Whether a document is a number, string, boolean or null."""
    decode = _ANY.decode
    try:
        for text in texts.drop_null().to_pylist():
            decode(text)
    except msgspec.DecodeError:
        return pa.array([None if text is None else _is_scalar(text) for text in texts.to_pylist()], pa.bool_())
    return pc.invert(pc.match_substring_regex(texts, r"^[ \t\n\r]*[\[{]"))


_ANY = msgspec.json.Decoder(msgspec.Raw)


def _is_scalar(text: str) -> bool:
    try:
        return _only_token(text) not in ("{", "[")
    except MalformedError:
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...(truncated)"
        raise error("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON value: {shown}") from None


def _only_token(text: str) -> str:
    """The first token of the document's one value."""
    scanner = Scanner(text)
    kind = scanner.value()
    scanner.skip(kind)
    if scanner.token():
        raise MalformedError
    return kind
