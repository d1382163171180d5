"""Upper and lower case, translation, normal forms, UTF-8."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import expanded, length_of
from owlake.functions.octets import octets
from owlake.functions.registry import CallSite
from owlake.functions.string.family import FAMILY
from owlake.functions.texts import is_short, text_of

# Case, code point by code point: DataFusion's own knows the letters that become several (\u00df, \ufb01) and those that
# depend on what follows (\u03a3), Trino does not.


def _cased(site: CallSite, native: str, kernel: Any) -> str:
    text = site.sql(0)
    simple = site.kernel(kernel, site.arguments, site.type)
    if not is_short(text):
        return simple
    return f"CASE WHEN octet_length({text}) = character_length({text}) THEN {native}({text}) ELSE {simple} END"


@FAMILY.sql("upper(varchar(x)) -> varchar(x)", "upper(char(x)) -> char(x)")
def _upper(site: CallSite) -> str:
    """Converts to upper case."""
    return _cased(site, "upper", _simple_upper)


@FAMILY.sql("lower(varchar(x)) -> varchar(x)", "lower(char(x)) -> char(x)")
def _lower(site: CallSite) -> str:
    """Converts to lower case."""
    return _cased(site, "lower", _simple_lower)


def _simple_lower(texts: Any) -> pa.Array:
    return pc.utf8_lower(texts)


def _simple_upper(texts: Any) -> pa.Array:
    """Arrow's upper case, but the sharp s, which has none of its own, stays."""
    if not pc.any(pc.match_substring(texts, "\u00df")).as_py():
        return pc.utf8_upper(texts)
    pieces = pc.split_pattern(texts, "\u00df")
    upper = pa.ListArray.from_arrays(pieces.offsets, pc.utf8_upper(pieces.values), mask=pieces.is_null())
    return pc.binary_join(upper, "\u00df")


FAMILY.native(
    "translate(varchar(x), varchar(y), varchar(z)) -> varchar",
    "translate({0}, {1}, {2})",
    "Replaces characters by those at the same place of another text",
)


@FAMILY.kernel("normalize(varchar(x), varchar(y)) -> varchar", raises=True)
def normalize(texts: Any, forms: Any) -> pa.Array:
    """A text in one of Unicode's normal forms."""
    form = forms.as_py() if isinstance(forms, pa.Scalar) else forms[0].as_py()
    if form not in ("NFC", "NFD", "NFKC", "NFKD"):
        raise error("INVALID_FUNCTION_ARGUMENT", "Normalization form must be one of [NFD, NFC, NFKD, NFKC]")
    if _highest_byte(texts) < (_FIRST_COMPOSED if form == "NFC" else _FIRST_DECOMPOSED):
        return texts
    return pc.utf8_normalize(texts, form=form)


_FIRST_COMPOSED, _FIRST_DECOMPOSED = 0xCC, 0x80
"""The first byte of U+0300, below which every text is its own NFC, and of what is not ASCII."""


def _highest_byte(texts: pa.Array) -> int:
    return int(octets(texts).data.max(initial=0))


# UTF-8 --------------------------------------------------------------------------------------------------


@FAMILY.sql("to_utf8(varchar(x)) -> varbinary", "to_utf8(char(x)) -> varbinary")
def _to_utf8(site: CallSite) -> str:
    """The text's bytes in UTF-8."""
    return f"arrow_cast({text_of(site, 0)}, 'Binary')"


@FAMILY.kernel("from_utf8(varbinary) -> varchar")
def from_utf8(values: Any) -> Any:
    """The text of bytes in UTF-8, what is none replaced by U+FFFD."""
    return _decoded(values, lambda _: "\ufffd")


@FAMILY.kernel("from_utf8(varbinary, varchar(x)) -> varchar", raises=True)
def from_utf8_with_text(values: Any, replacements: Any) -> Any:
    """The text of bytes in UTF-8, what is none replaced by a character, or left out if that is empty."""
    length = length_of((values, replacements))
    given = expanded(replacements, length)
    if pc.any(pc.greater(pc.utf8_length(given), 1)).as_py():
        text = "Replacement character string must empty or a single character"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    if given.null_count:
        values = pc.if_else(given.is_valid(), expanded(values, length), pa.scalar(None, pa.binary()))
    return _decoded(expanded(values, length), lambda row: given[row].as_py())


@FAMILY.kernel("from_utf8(varbinary, bigint) -> varchar", raises=True)
def from_utf8_with_code_point(values: Any, replacements: Any) -> Any:
    """The text of bytes in UTF-8, what is none replaced by the character of a code point."""
    length = length_of((values, replacements))
    given = expanded(replacements, length)
    points = np.asarray(given.drop_null())
    if ((points < 0) | (points > 0x10FFFF) | ((points >= 0xD800) & (points <= 0xDFFF))).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "Invalid replacement character")
    if given.null_count:
        values = pc.if_else(given.is_valid(), expanded(values, length), pa.scalar(None, pa.binary()))
    return _decoded(expanded(values, length), lambda row: chr(given[row].as_py()))


def _decoded(values: pa.Array, replacement: Any) -> Any:
    """The bytes as text; ``replacement`` gives a row's text for what is no UTF-8."""
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        return [
            None if value is None else _repaired(value, replacement, row)
            for row, value in enumerate(values.to_pylist())
        ]


def _repaired(value: bytes, replacement: Any, row: int) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        filling = replacement(row).encode()
        return _CHARACTER.sub(lambda found: found[0] if found[1] else filling, value).decode()


# A character in UTF-8 (group 1), or as many bytes as could begin one that is not there: too long a form, a surrogate,
# beyond the last code point, cut off. Each such run is one replacement.
_CHARACTER = re.compile(
    rb"([\x00-\x7f]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2})"
    rb"|[\xc0-\xdf][\x80-\xbf]?|[\xe0-\xef][\x80-\xbf]{0,2}|[\xf0-\xf7][\x80-\xbf]{0,3}"
    rb"|[\xf8-\xfb][\x80-\xbf]{0,4}|[\xfc\xfd][\x80-\xbf]{0,5}|[\x80-\xbf\xfe\xff]"
)
