"""Parts of binaries: length, substring, padding, concatenation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import Integers, both, expanded, integers, length_of, presence
from owlake.functions.binary.family import FAMILY
from owlake.functions.octets import Octets, bounds_of_lengths, cut, octets, places
from owlake.functions.registry import CallSite

_INTEGER_MAX = 2**31 - 1


@FAMILY.kernel("length(varbinary) -> bigint")
def binary_length(values: Any) -> pa.Array:
    """Length in bytes."""
    return pc.binary_length(values).cast(pa.int64())


@FAMILY.sql("concat(varbinary...) -> varbinary")
def _concat(site: CallSite) -> str:
    """Joins the binaries; NULL if any is."""
    if len(site.arguments) < 2:
        raise error("INVALID_FUNCTION_ARGUMENT", "There must be two or more concatenation arguments")
    return f"({' || '.join(site.sql(index) for index in range(len(site.arguments)))})"


@FAMILY.kernel("reverse(varbinary) -> varbinary")
def binary_reverse(values: Any) -> pa.Array:
    """The bytes in reverse order."""
    return pc.binary_reverse(values)


@FAMILY.kernel("substr(varbinary, bigint) -> varbinary", "substring(varbinary, bigint) -> varbinary")
def binary_substr(values: Any, starts: Any) -> pa.Array:
    """The bytes from a place on; a negative one counts from the end."""
    return _substring(values, starts, None)


@FAMILY.kernel("substr(varbinary, bigint, bigint) -> varbinary", "substring(varbinary, bigint, bigint) -> varbinary")
def binary_substr_of_length(values: Any, starts: Any, lengths: Any) -> pa.Array:
    """So many bytes from a place on; a negative one counts from the end."""
    return _substring(values, starts, lengths)


def _substring(values: Any, starts: Any, lengths: Any) -> pa.Array:
    given = [values, starts] if lengths is None else [values, starts, lengths]
    length = length_of(given)
    columns = [expanded(one, length) for one in given]
    source = octets(columns[0])
    widths = source.lengths
    begins, counts = integers(columns[1]), widths if lengths is None else integers(columns[2])
    firsts = np.where(begins > 0, begins - 1, begins + widths)
    inside = (begins != 0) & (firsts >= 0) & (firsts < widths) & (counts > 0)
    taken = np.where(inside, np.minimum(counts, widths - firsts), 0)
    part = cut(source, np.where(inside, firsts, 0), taken)
    return Octets(part.data, part.offsets, presence(*columns)).array(pa.binary())


@FAMILY.kernel("lpad(varbinary, bigint, varbinary) -> varbinary", raises=True)
def binary_lpad(values: Any, sizes: Any, padding: Any) -> pa.Array:
    """Fills up to a size from the left with bytes again and again, or cuts to it."""
    return _padded(values, sizes, padding, left=True)


@FAMILY.kernel("rpad(varbinary, bigint, varbinary) -> varbinary", raises=True)
def binary_rpad(values: Any, sizes: Any, padding: Any) -> pa.Array:
    """Fills up to a size from the right with bytes again and again, or cuts to it."""
    return _padded(values, sizes, padding, left=False)


def _padded(values: Any, sizes: Any, padding: Any, *, left: bool) -> pa.Array:
    length = length_of((values, sizes, padding))
    columns = [expanded(one, length) for one in (values, sizes, padding)]
    text, fill = octets(columns[0]), octets(columns[2])
    present = presence(*columns)
    targets = integers(columns[1]) if present is None else np.where(present, integers(columns[1]), 0)
    filled = fill.lengths if present is None else np.where(present, fill.lengths, 1)
    _check_padding(targets, filled)
    if isinstance(sizes, pa.Scalar) and isinstance(padding, pa.Scalar) and present is None and length:
        return _padded_alike(text, sizes.as_py(), padding.as_py(), left=left).array(pa.binary())
    offsets = bounds_of_lengths(targets)
    return Octets(_padded_bytes(text, fill, targets, filled, left=left), offsets, both(present, None)).array(
        pa.binary()
    )


def _check_padding(targets: Integers, fills: Integers) -> None:
    if ((targets < 0) | (targets > _INTEGER_MAX)).any():
        text = f"Target length must be in the range [0..{_INTEGER_MAX}]"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    if (fills == 0).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "Padding bytes must not be empty")


def _padded_alike(text: Octets, size: int, padding: bytes, *, left: bool) -> Octets:
    """The same for one size and one filling, as the rows of a table."""
    filling = np.frombuffer((padding * (size // len(padding) + 1))[:size], np.uint8)
    kept = np.minimum(text.lengths, size)
    place = np.arange(size)
    of_text = place >= size - kept[:, None] if left else place < kept[:, None]
    table = np.empty((len(text), size), np.uint8)
    table[~of_text] = filling[places(np.zeros_like(kept), size - kept)]
    table[of_text] = text.data if (kept == text.lengths).all() else text.data[places(text.starts, kept)]
    return Octets(table.ravel(), np.arange(len(text) + 1, dtype=np.int64) * size)


def _padded_bytes(text: Octets, fill: Octets, targets: Integers, fills: Integers, *, left: bool) -> Any:
    """The bytes of all results: each is one of the text, or one of the filling whose turn it is."""
    offsets = bounds_of_lengths(targets)
    row = np.repeat(np.arange(len(targets)), targets)
    place = np.arange(offsets[-1]) - offsets[row]
    kept = np.minimum(text.lengths, targets)
    filling = targets - kept
    of_text = place >= filling[row] if left else place < kept[row]
    in_text = text.starts[row] + (place - filling[row] if left else place)
    in_fill = fill.starts[row] + (place if left else place - kept[row]) % fills[row]
    data = np.concatenate((text.data, fill.data))
    return data[np.where(of_text, in_text, len(text.data) + in_fill)] if len(data) else np.empty(0, np.uint8)
