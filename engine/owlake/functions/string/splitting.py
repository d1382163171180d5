"""Cutting text at delimiters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Integers, by_distinct, expanded, integers, length_of, presence
from owlake.functions.registry import CallSite
from owlake.functions.string.family import FAMILY
from owlake.functions.texts import is_short
from owlake.ir.expressions import constant_value

_LIST = pa.list_(pa.string())
_INTEGER_MAX = 2**31 - 1
_NO_DELIMITER = "The delimiter may not be the empty string"


@FAMILY.sql("split(varchar(x), varchar(y)) -> array(varchar(x))", raises=True)
def _split(site: CallSite) -> str:
    """The parts between a delimiter."""
    text = site.sql(0)
    if constant_value(site.arguments[1]) and is_short(text):
        return f"CASE WHEN {text} = '' THEN make_array('') ELSE string_to_array({text}, {site.sql(1)}) END"
    return site.kernel(_split_rows, site.arguments, site.type)


def _split_rows(texts: Any, delimiters: Any) -> pa.Array:
    length = length_of((texts, delimiters))
    rows = expanded(texts, length)
    return by_distinct(delimiters, [rows], lambda delimiter, some: _parts(some, delimiter), _LIST)


@FAMILY.kernel("split(varchar(x), varchar(y), bigint) -> array(varchar(x))", raises=True)
def split_up_to(texts: Any, delimiters: Any, limits: Any) -> pa.Array:
    """The parts between a delimiter, at most so many; the last has the rest."""
    if not isinstance(limits, pa.Scalar):
        columns = [texts, delimiters]
        return by_distinct(limits, columns, lambda limit, *rest: split_up_to(*rest, pa.scalar(limit)), _LIST)
    limit = limits.as_py()
    if limit <= 0:
        raise error("INVALID_FUNCTION_ARGUMENT", "Limit must be positive")
    if limit > _INTEGER_MAX:
        raise error("INVALID_FUNCTION_ARGUMENT", "Limit is too large")
    return by_distinct(delimiters, [texts], lambda delimiter, rows: _parts(rows, delimiter, limit), _LIST)


def _parts(texts: pa.Array, delimiter: str, limit: int | None = None) -> pa.ListArray:
    if not delimiter:
        raise error("INVALID_FUNCTION_ARGUMENT", _NO_DELIMITER)
    if limit == 1:
        offsets = pa.array(np.arange(len(texts) + 1), pa.int32())
        return pa.ListArray.from_arrays(offsets, texts, mask=texts.is_null())
    return pc.split_pattern(texts, delimiter, max_splits=None if limit is None else limit - 1)


@FAMILY.sql("split_part(varchar(x), varchar(y), bigint) -> varchar(x)", raises=True)
def _split_part(site: CallSite) -> str:
    """One of the parts between a delimiter; NULL if there are fewer."""
    text, delimiter, index = (site.sql(place) for place in range(3))
    _, separator, number = (constant_value(argument) for argument in site.arguments)
    part = f"split_part({text}, {delimiter}, {index})"
    if number is not None and number > 0 and separator and (number == 1 or is_short(text)):
        # An empty part and one that is not there look the same: only then the parts are counted.
        listed = f"string_to_array({text}, {delimiter})[{index}]"
        return part if number == 1 else f"CASE WHEN {part} <> '' THEN {part} ELSE {listed} END"
    return site.kernel(_part_of_rows, site.arguments, site.type)


def _part_of_rows(texts: Any, delimiters: Any, numbers: Any) -> pa.Array:
    length = length_of((texts, delimiters, numbers))
    columns = [expanded(texts, length), expanded(numbers, length)]
    return by_distinct(delimiters, columns, _nth_parts, pa.string())


def _nth_parts(delimiter: str, texts: pa.Array, numbers: pa.Array) -> pa.Array:
    wanted = integers(numbers)
    if (wanted[np.asarray(numbers.is_valid())] <= 0).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "Index must be greater than zero")
    if not delimiter:
        return _nth_characters(texts, wanted, presence(texts, numbers))
    filled = texts.fill_null("")
    parts = pc.split_pattern(filled, delimiter, max_splits=int(wanted.max(initial=0)))
    places = np.asarray(parts.offsets)[:-1] + wanted - 1
    there = (wanted > 0) & (places < np.asarray(parts.offsets)[1:])
    present = presence(texts)
    there = there if present is None else there & present
    return parts.values.take(pa.array(places, mask=~there))


def _nth_characters(texts: pa.Array, wanted: Integers, present: Any) -> pa.Array:
    shown = [None if text is None else text[place - 1 : place] or None for text, place in _pairs(texts, wanted)]
    found = pa.array(shown, pa.string())
    return found if present is None else pc.if_else(pa.array(present), found, pa.scalar(None, pa.string()))


def _pairs(texts: pa.Array, wanted: Integers) -> Any:
    return zip(texts.to_pylist(), wanted.tolist(), strict=True)


# Maps ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Entries:
    """The entries of all rows: keys and values, and where each row begins."""

    keys: pa.Array
    values: pa.Array
    offsets: Integers
    present: Any


def _entries(texts: Any, entry_delimiter: str, key_delimiter: str, bad_input: str) -> _Entries:
    """The rows cut into entries, the entries into keys and values.

    Errors: INVALID_FUNCTION_ARGUMENT for delimiters that are empty or the same, or an entry that has not exactly one.
    """
    for name, delimiter in (("entryDelimiter", entry_delimiter), ("keyValueDelimiter", key_delimiter)):
        if not delimiter:
            raise error("INVALID_FUNCTION_ARGUMENT", f"{name} is empty")
    if entry_delimiter == key_delimiter:
        text = "entryDelimiter and keyValueDelimiter must not be the same"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    rows = pc.split_pattern(texts.fill_null(""), entry_delimiter)
    ends = np.asarray(rows.offsets).astype(np.int64)
    entries = rows.flatten()
    kept = np.ones(len(entries), np.bool_)
    # What follows the last delimiter is an entry only if there is something.
    kept[ends[1:] - 1] = np.asarray(pc.not_equal(entries.take(pa.array(ends[1:] - 1)), ""))
    offsets = np.concatenate(([0], np.cumsum(kept)))[ends]
    entries = entries.filter(pa.array(kept))
    pairs = pc.split_pattern(entries, key_delimiter)
    wrong = np.flatnonzero(np.asarray(pc.list_value_length(pairs)) != 2)
    if len(wrong):
        shown = bad_input.format(entries[int(wrong[0])].as_py())
        text = f"Key-value delimiter must appear exactly once in each entry. Bad input: {shown}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    parts = pairs.flatten()
    places = np.arange(len(entries)) * 2
    keys, values = parts.take(pa.array(places)), parts.take(pa.array(places + 1))
    return _Entries(keys, values, offsets, presence(texts))


def _key_groups(entries: _Entries) -> tuple[Any, Any]:
    """The group of each entry: entries of one row with one key. Groups are numbered in the order of the entries."""
    codes = np.asarray(entries.keys.dictionary_encode().indices).astype(np.int64)
    rows = np.repeat(np.arange(len(entries.offsets) - 1), np.diff(entries.offsets))
    _, firsts, groups = np.unique(rows * (len(codes) + 1) + codes, return_index=True, return_inverse=True)
    rank = np.empty(len(firsts), np.int64)
    rank[np.argsort(firsts)] = np.arange(len(firsts))
    return rank[groups.ravel()], np.sort(firsts)


def _map(offsets: Integers, keys: pa.Array, values: pa.Array, present: Any) -> pa.Array:
    ends = pa.array(offsets.astype(np.int32))
    if present is None:
        return pa.MapArray.from_arrays(ends, keys, values)
    type_ = pa.map_(keys.type, values.type)
    entries = pa.StructArray.from_arrays([keys, values], fields=[type_.key_field, type_.item_field])
    bitmap = pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(type_, len(offsets) - 1, [bitmap, ends.buffers()[1]], children=[entries])


_THREE = "varchar, varchar, varchar"
_MAP = pa.map_(pa.string(), pa.string())
_MULTIMAP = pa.map_(pa.string(), _LIST)


def _by_delimiters(texts: Any, entry: Any, key: Any, build: Any, type_: pa.DataType) -> pa.Array:
    length = length_of((texts, entry, key))
    columns = [expanded(texts, length)]
    if not isinstance(entry, pa.Scalar):
        columns.append(entry)

    def with_entry(delimiter: str, *rows: pa.Array) -> pa.Array:
        if isinstance(entry, pa.Scalar):
            return build(rows[0], entry.as_py(), delimiter)
        return by_distinct(rows[1], [rows[0]], lambda other, some: build(some, other, delimiter), type_)

    return by_distinct(key, columns, with_entry, type_)


@FAMILY.kernel(f"split_to_map({_THREE}) -> map(varchar,varchar)", raises=True)
def split_to_map(texts: Any, entry_delimiters: Any, key_delimiters: Any) -> pa.Array:
    """A map of the entries of a text."""
    return _by_delimiters(texts, entry_delimiters, key_delimiters, _split_to_map, _MAP)


def _split_to_map(texts: pa.Array, entry_delimiter: str, key_delimiter: str) -> pa.Array:
    entries = _entries(texts, entry_delimiter, key_delimiter, "'{}'")
    groups, firsts = _key_groups(entries)
    if len(firsts) < len(groups):
        again = np.setdiff1d(np.arange(len(groups)), firsts)[0]
        raise error("INVALID_FUNCTION_ARGUMENT", f"Duplicate keys ({entries.keys[int(again)]}) are not allowed")
    return _map(entries.offsets, entries.keys, entries.values, entries.present)


@FAMILY.kernel(f"split_to_multimap({_THREE}) -> map(varchar,array(varchar))", raises=True)
def split_to_multimap(texts: Any, entry_delimiters: Any, key_delimiters: Any) -> pa.Array:
    """A map of the entries of a text, a key's values in their order."""
    return _by_delimiters(texts, entry_delimiters, key_delimiters, _split_to_multimap, _MULTIMAP)


def _split_to_multimap(texts: pa.Array, entry_delimiter: str, key_delimiter: str) -> pa.Array:
    entries = _entries(texts, entry_delimiter, key_delimiter, "{}")
    groups, firsts = _key_groups(entries)
    values = entries.values.take(pa.array(np.argsort(groups, kind="stable")))
    ends = np.concatenate(([0], np.cumsum(np.bincount(groups, minlength=len(firsts)))))
    lists = pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), values)
    offsets = np.searchsorted(firsts, entries.offsets)
    return _map(offsets, entries.keys.take(pa.array(firsts)), lists, entries.present)
