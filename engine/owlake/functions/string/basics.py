"""Length, concatenation, parts and places of text. All of them count code points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Integers, by_distinct, expanded, from_integers, integers, length_of, presence
from owlake.functions.checks import checked
from owlake.functions.octets import Octets, cut, from_code_points, is_continuation, octets
from owlake.functions.registry import CallSite
from owlake.functions.string.family import FAMILY
from owlake.functions.texts import is_short, stripped, text_of
from owlake.ir.expressions import Constant, Expression
from owlake.types.model import VARCHAR, Char, Type, Varchar

_INTEGER_MAX = 2**31 - 1
_SURROGATES = (0xD800, 0xDFFF)
_HIGHEST = 0x10FFFF

FAMILY.native("length(varchar(x)) -> bigint", "CAST(character_length({0}) AS BIGINT)", "Length in code points")
FAMILY.native("starts_with(varchar(x), varchar(y)) -> boolean", "starts_with({0}, {1})", "Whether a text begins so")
FAMILY.native("ends_with(varchar(x), varchar(y)) -> boolean", "ends_with({0}, {1})", "Whether a text ends so")
FAMILY.native(
    "strpos(varchar(x), varchar(y)) -> bigint",
    "CAST(strpos({0}, {1}) AS BIGINT)",
    "The place of the first occurrence, 0 if there is none",
)


@FAMILY.sql("length(char(x)) -> bigint")
def _char_length(site: CallSite) -> str:
    """Length in code points: that of the type."""
    type_ = site.arguments[0].type
    assert isinstance(type_, Char)
    return f"CASE WHEN {site.sql(0)} IS NOT NULL THEN {type_.length} END"


@FAMILY.sql("concat(varchar...) -> varchar")
def _concat(site: CallSite) -> str:
    """Joins the texts; NULL if any is."""
    if len(site.arguments) < 2:
        raise error("INVALID_FUNCTION_ARGUMENT", "There must be two or more concatenation arguments")
    return f"({' || '.join(site.sql(index) for index in range(len(site.arguments)))})"


def _sum_of_lengths(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    lengths = [argument.type.length for argument in arguments if isinstance(argument.type, Char)]
    if sum(lengths) > Char.MAX_LENGTH:
        raise error("TYPE_NOT_FOUND", f"Unknown type: char({sum(lengths)})")
    return Char(sum(lengths))


@FAMILY.sql("concat(char(x), char(y)) -> char(1)", returns=_sum_of_lengths)
def _concat_chars(site: CallSite) -> str:
    """Joins two texts, the first with its padding."""
    return f"rtrim({text_of(site, 0)} || {site.sql(1)})"


@FAMILY.sql("concat_ws(varchar, varchar...) -> varchar", null_call=True)
def _concat_with_separator(site: CallSite) -> str:
    """Joins the texts that are not NULL with a separator between."""
    if len(site.arguments) < 2:
        raise error("INVALID_FUNCTION_ARGUMENT", "There must be two or more arguments")
    return f"concat_ws({', '.join(site.sql(index) for index in range(len(site.arguments)))})"


FAMILY.native(
    "concat_ws(varchar, array(varchar)) -> varchar",
    "array_to_string({1}, {0})",
    "Joins the elements that are not NULL with a separator between",
)


@FAMILY.sql("reverse(varchar(x)) -> varchar(x)", "reverse(char(x)) -> char(x)")
def _reverse(site: CallSite) -> str:
    """The code points in reverse order."""
    return stripped(site, f"reverse({text_of(site, 0)})")


# Parts --------------------------------------------------------------------------------------------------

_PART = [
    f"{name}({text}, bigint{length}) -> varchar(x)"
    for name in ("substr", "substring")
    for text in ("varchar(x)", "char(x)")
    for length in ("", ", bigint")
]


@FAMILY.sql(*_PART)
def _substring(site: CallSite) -> str:
    """The text from a place on; a negative one counts from the end."""
    text, start = text_of(site, 0), site.arguments[1]
    length = f", {_not_negative(site, 2)}" if len(site.arguments) > 2 else ""
    if isinstance(start, Constant) and start.value > 0:
        return f"substr({text}, {min(start.value, _INTEGER_MAX)}{length})"
    if not is_short(text):
        return site.kernel(_substring_of_rows, [(text, VARCHAR), *site.arguments[1:]], site.type)
    if isinstance(start, Constant) and start.value < 0:
        back = min(-start.value, _INTEGER_MAX)
        part = f"substr(right({text}, {back}), 1{length})" if length else f"right({text}, {back})"
        return f"CASE WHEN character_length({text}) < {back} THEN '' ELSE {part} END"
    return _part_from_anywhere(site, text, length)


def _not_negative(site: CallSite, index: int) -> str:
    argument, sql = site.arguments[index], site.sql(index)
    return (
        str(max(argument.value, 0)) if isinstance(argument, Constant) else f"CASE WHEN {sql} < 0 THEN 0 ELSE {sql} END"
    )


def _part_from_anywhere(site: CallSite, text: str, length: str) -> str:
    place = site.sql(1)
    missing = " OR ".join(f"{site.sql(index)} IS NULL" for index in range(len(site.arguments)))
    return (
        f"CASE WHEN {missing} THEN NULL WHEN {place} > 0 THEN substr({text}, {place}{length}) "
        f"WHEN {place} < 0 AND character_length({text}) + {place} >= 0 "
        f"THEN substr({text}, character_length({text}) + {place} + 1{length}) ELSE '' END"
    )


def _substring_of_rows(texts: Any, starts: Any, lengths: Any = None) -> pa.Array:
    given = [texts, starts] if lengths is None else [texts, starts, lengths]
    count = length_of(given)
    columns = [expanded(one, count) for one in given]
    source = octets(columns[0])
    begins = np.flatnonzero(~is_continuation(source.data))
    firsts = np.searchsorted(begins, source.offsets)
    widths = np.diff(firsts)
    places, sizes = integers(columns[1]), widths if lengths is None else integers(columns[2])
    skipped = np.where(places > 0, places - 1, places + widths)
    inside = (places != 0) & (skipped >= 0) & (skipped < widths) & (sizes > 0)
    low = np.where(inside, firsts[:-1] + skipped, firsts[:-1])
    high = np.where(inside, np.minimum(low + sizes, firsts[1:]), low)
    ends = np.append(begins, len(source.data))
    part = cut(source, ends[low] - source.starts, ends[high] - ends[low])
    return Octets(part.data, part.offsets, presence(*columns)).array(pa.string())


# Characters and numbers ---------------------------------------------------------------------------------


@FAMILY.kernel("chr(bigint) -> varchar(1)", raises=True)
def character_of(numbers: Any) -> pa.Array:
    """The character of a code point."""
    points = integers(numbers)
    wrong = np.flatnonzero(
        (points < 0) | (points > _HIGHEST) | ((points >= _SURROGATES[0]) & (points <= _SURROGATES[1]))
    )
    if len(wrong):
        raise error("INVALID_FUNCTION_ARGUMENT", f"Not a valid Unicode code point: {points[wrong[0]]}")
    present = presence(numbers)
    kept = points if present is None else points[present]
    offsets = np.arange(len(points) + 1) if present is None else np.concatenate(([0], np.cumsum(present)))
    return from_code_points(kept.astype(np.uint32), offsets, present).array(pa.string())


@FAMILY.sql("codepoint(varchar(1)) -> integer", raises=True)
def _codepoint(site: CallSite) -> str:
    """The code point of a text of one character."""
    text = site.sql(0)
    return checked(site, f"{text} = ''", "Input string must be a single character string", f"ascii({text})")


# Replacement --------------------------------------------------------------------------------------------


def _length_replaced(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    text, __, replacement = (argument.type for argument in arguments)
    assert isinstance(text, Varchar)
    assert isinstance(replacement, Varchar)
    if text.length is None or replacement.length is None:
        return VARCHAR
    longest = text.length + replacement.length * (text.length + 1)
    return Varchar(longest) if longest < _INTEGER_MAX else VARCHAR


FAMILY.native("replace(varchar(x), varchar(y)) -> varchar(x)", "replace({0}, {1}, '')", "Removes a text wherever it is")


@FAMILY.sql("replace(varchar(x), varchar(y), varchar(z)) -> varchar", returns=_length_replaced)
def _replace(site: CallSite) -> str:
    """Replaces a text wherever it is; the empty text is before every character and at the end."""
    search = site.arguments[1]
    native = f"replace({site.sql(0)}, {site.sql(1)}, {site.sql(2)})"
    if isinstance(search, Constant) and search.value:
        return native
    if not is_short(*(site.sql(index) for index in range(3))):
        return site.kernel(_replace_rows, site.arguments, site.type)
    between = site.kernel(_put_between, [site.arguments[0], site.arguments[2]], VARCHAR)
    return f"CASE WHEN {site.sql(1)} = '' THEN {between} ELSE {native} END"


def _replace_rows(texts: Any, searched: Any, replacements: Any) -> list[str | None]:
    length = length_of((texts, searched, replacements))
    columns = [expanded(one, length).to_pylist() for one in (texts, searched, replacements)]
    return [None if None in row else row[0].replace(row[1], row[2]) for row in zip(*columns, strict=True)]


def _put_between(texts: Any, pieces: Any) -> list[str | None]:
    length = length_of((texts, pieces))
    rows = zip(expanded(texts, length).to_pylist(), expanded(pieces, length).to_pylist(), strict=True)
    return [None if text is None or piece is None else piece.join(("", *text, "")) for text, piece in rows]


# Places -------------------------------------------------------------------------------------------------


@FAMILY.kernel("strpos(varchar(x), varchar(y), bigint) -> bigint", raises=True)
def position_of_instance(texts: Any, searched: Any, instances: Any) -> pa.Array:
    """The place of the n-th occurrence, from the end if negative; 0 if there is none."""
    length = length_of((texts, searched, instances))
    columns = [expanded(texts, length), expanded(instances, length)]
    if not integers(columns[1].drop_null()).all():
        raise error("INVALID_FUNCTION_ARGUMENT", "'instance' must be a positive or negative number.")
    return by_distinct(searched, columns, _positions_of_instance, pa.int64())


def _positions_of_instance(needle: str, texts: pa.Array, instances: pa.Array) -> pa.Array:
    source, wanted = octets(texts), integers(instances)
    present = presence(texts, instances)
    if not needle:
        return from_integers(np.ones(len(source), np.int64), present, pa.int64())
    found = occurrences(source, needle.encode())
    first, last = (np.searchsorted(found, ends) for ends in (source.starts, source.offsets[1:]))
    index = np.where(wanted > 0, first + wanted - 1, last + wanted)
    there = (index >= first) & (index < last)
    places = np.where(there, np.append(found, 0)[np.where(there, index, 0)], source.starts)
    characters = np.concatenate(([0], np.cumsum(~is_continuation(source.data))))
    result = np.where(there, characters[places] - characters[source.starts] + 1, 0)
    return from_integers(result, present, pa.int64())


def occurrences(source: Octets, needle: bytes) -> Integers:
    """Where a text begins inside the rows, in order; occurrences may overlap."""
    data, width = source.data, len(needle)
    found = np.flatnonzero(data[: max(0, len(data) - width + 1)] == needle[0])
    for index in range(1, width):
        found = found[data[found + index] == needle[index]]
    rows = np.searchsorted(source.offsets, found, side="right") - 1
    return found[found + width <= source.offsets[rows + 1]]
