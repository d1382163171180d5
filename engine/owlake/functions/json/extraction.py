"""json_extract, json_extract_scalar and json_size: one value out of each document.

A step of a path is one call of msgspec a document, which looks for one member and hands out its bytes, everything else
only checked. Where that could differ from reading the document token by token, as Trino does, it is read so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.functions.arrays import by_distinct, expanded, length_of
from owlake.functions.json.documents import check_depth, check_depths, json_double, read, write
from owlake.functions.json.family import FAMILY
from owlake.functions.json.legacy_paths import Names, parse_legacy_path
from owlake.functions.json.scanning import MalformedError, entries, find
from owlake.functions.registry import Execution

MISSING = msgspec.Raw()

_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder(msgspec.Raw)


UNUSUAL = re.compile(r'["\\\x00-\x1f]')
"""Characters of names that msgspec does not look for."""


def extracted(texts: pa.Array, path: str) -> list[bytes | None]:
    """The bytes of the value that the path leads to in each document; None where there is none."""
    names = parse_legacy_path(path)
    documents: list[str | None] = texts.to_pylist()
    if not names:
        return [None if text is None else _whole(text) for text in documents]
    if any(UNUSUAL.search(name) for name, _ in names):
        return [None if text is None else _scanned(text, names) for text in documents]
    contents = _contents(texts)
    check_depths(texts)
    found, broken = _step(documents, contents, *names[0])
    for name, index in names[1:]:
        found, _ = _step(found, b"\n".join(value for value in found if value is not None), name, index)
    for row in broken:
        found[row] = _scanned(str(documents[row]), names)
    return found


def _contents(texts: pa.Array) -> bytes:
    """All documents behind each other."""
    _, offsets, data = texts.buffers()
    if data is None:
        return b""
    ends = np.frombuffer(offsets, np.int32, len(texts) + 1, texts.offset * 4)
    return bytes(data.slice(int(ends[0]), int(ends[-1] - ends[0])).to_pybytes())


def _whole(text: str) -> bytes | None:
    """The document's value, which may be followed by anything."""
    try:
        return text.strip(" \t\n\r").encode() if _is_document(text) else _scanned(text, ())
    except MalformedError:
        return None


def _is_document(text: str) -> bool:
    check_depth(text)
    try:
        _ANY.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def _scanned(text: str, names: Names) -> bytes | None:
    try:
        found = find(text, names)
    except MalformedError:
        return None
    return None if found is None else found.encode("utf-8", "surrogatepass")


def _step(
    documents: Sequence[str | bytes | None], contents: bytes, name: str, index: int
) -> tuple[list[bytes | None], list[int]]:
    """The values at a name, and the rows whose documents are wrong somewhere.

    ``contents`` has the bytes of all documents: where a name stands in them as often as it was found, no key is there
    twice.
    """
    if index >= 0:
        items = _elements(documents, index)
        if items is not None:
            return items, []
    decode = member_decoder(name).decode
    try:
        raws = [MISSING if one is None else decode(one).value for one in documents]
    except msgspec.DecodeError:
        found, broken = _step_by_row(documents, decode, index)
    else:
        found, broken = [None if raw is MISSING else bytes(raw) for raw in raws], []
    key = _key_text(name)
    if b"\\u" in contents or contents.count(key.encode()) > len(found) - found.count(None):
        for row, text in enumerate(documents):
            if text is not None and row not in broken:
                found[row] = _of_first_key(text, name, key, found[row])
    return found, broken


def _elements(documents: Sequence[str | bytes | None], index: int) -> list[bytes | None] | None:
    """The elements at a place where all documents are arrays; None where one is not."""
    decode = _ELEMENTS.decode
    try:
        arrays = [() if one is None else decode(one) for one in documents]
    except msgspec.DecodeError:
        return None
    return [bytes(items[index]) if index < len(items) else None for items in arrays]


def _step_by_row(
    documents: Sequence[str | bytes | None], decode: Callable[[str | bytes], Any], index: int
) -> tuple[list[bytes | None], list[int]]:
    """The same where some of the documents are no objects, or wrong."""
    broken: list[int] = []
    found: list[bytes | None] = []
    for row, text in enumerate(documents):
        value = None
        if text is not None:
            try:
                raw = decode(text).value
                value = None if raw is MISSING else bytes(raw)
            except msgspec.ValidationError:
                value = _element(text, index, broken, row)
            except msgspec.DecodeError:
                broken.append(row)
        found.append(value)
    return found, broken


def _element(text: str | bytes, index: int, broken: list[int], row: int) -> bytes | None:
    """The step into an array, or into a scalar, which has no members. A text that is wrong joins the broken rows."""
    try:
        items = _ELEMENTS.decode(text)
    except msgspec.ValidationError:
        return None
    except msgspec.DecodeError:
        broken.append(row)
        return None
    return bytes(items[index]) if 0 <= index < len(items) else None


def _of_first_key(text: str | bytes, name: str, key: str, found: bytes | None) -> bytes | None:
    """The value of the first key of this name, of which there may be several; ``found`` is that of the last."""
    shown = text if isinstance(text, str) else text.decode()
    if shown.lstrip(" \t\n\r")[:1] != "{" or (shown.count(key) <= 1 and "\\u" not in shown):
        return found
    return _first_of_equal_keys(shown, key, name, found)


_FLAT_START = re.compile(r'[ \t\n\r]*\{(?:[^"\\{}\[\]]|"[^"\\{}\[\]]*")*')


def _first_of_equal_keys(text: str, key: str, name: str, found: bytes | None) -> bytes | None:
    """The value of the first key of this name; ``found`` is that of the last.

    Where the name's text comes first as a key of the document itself and its value has the text that was found, that is
    all there is to know.
    """
    start = text.find(key)
    if found is not None and start >= 0:
        flat = _FLAT_START.match(text, 0, start)
        if flat and flat.end() == start and flat[0].rstrip(" \t\n\r")[-1:] in ("{", ","):
            shown = found.decode()
            value = _VALUE_START.match(text, start + len(key))
            if value and text.startswith(shown, value.end()) and text[value.end() + len(shown)] in ",} \t\n\r":
                return found
    return _scanned(text, ((name, -1),))


_VALUE_START = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")


@lru_cache(maxsize=256)
def member_decoder(name: str) -> msgspec.json.Decoder[Any]:
    """What reads one member of an object, the last of that name; ``MISSING`` if there is none."""
    struct = msgspec.defstruct("Member", [("value", msgspec.Raw, MISSING)], rename={"value": name}, gc=False)
    return msgspec.json.Decoder(struct)


@lru_cache(maxsize=256)
def _key_text(name: str) -> str:
    return write(name)


# Functions ----------------------------------------------------------------------------------------------


@FAMILY.kernel("json_extract_scalar(varchar(x), JsonPath) -> varchar(x)", execution=Execution.VALUE)
@FAMILY.kernel("json_extract_scalar(json, JsonPath) -> varchar", execution=Execution.VALUE)
def json_extract_scalar(texts: Any, paths: Any) -> pa.Array:
    """The text of the string, number or boolean that a path leads to; NULL for anything else."""
    return _by_path(texts, paths, _scalar_texts, pa.string())


def _scalar_texts(path: str, texts: pa.Array) -> pa.Array:
    values = pa.array(extracted(texts, path), pa.binary())
    quoted = pc.starts_with(values, b'"')
    if pc.any(pc.match_substring(values, b"\\")).as_py():
        return pa.array([None if value is None else _scalar_text(value) for value in values.to_pylist()], pa.string())
    inside = pc.if_else(quoted, pc.binary_slice(values, 1, -1), values).cast(pa.string())
    nothing = pc.or_(pc.starts_with(values, b"{"), pc.or_(pc.starts_with(values, b"["), pc.equal(values, b"null")))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), inside)


def _scalar_text(value: bytes) -> str | None:
    if value[:1] == b'"':
        found = value[1:-1].decode() if b"\\" not in value else str(read(value))
        return found.encode("utf-8", "replace").decode()
    return None if value[:1] in (b"{", b"[", b"n") else value.decode()


@FAMILY.kernel("json_extract(varchar(x), JsonPath) -> json", execution=Execution.VALUE)
@FAMILY.kernel("json_extract(json, JsonPath) -> json", execution=Execution.VALUE)
def json_extract(texts: Any, paths: Any) -> pa.Array:
    """The value that a path leads to, as JSON."""
    return _by_path(texts, paths, _json_texts, pa.string())


def _json_texts(path: str, texts: pa.Array) -> pa.Array:
    found = extracted(texts, path)
    values = [one for one in found if one is not None]
    copies = _copied_together(values)
    if copies is None:
        copies = [copied(one.decode()).encode() for one in values]
    column = pa.array(copies, pa.binary()).cast(pa.string())
    if len(values) == len(found):
        return column
    present = np.array([one is not None for one in found])
    return column.take(pa.array(np.cumsum(present) - 1, mask=~present))


_BETWEEN = b",5318008271828,"
"""A number that stands between values written at once."""
_BLANKS = (b" ", b"\n", b"\t", b"\r")
_REWRITTEN = re.compile(rb"\\|(?:^|[\[:,])(?:-0|-?[0-9]+[.eE])")
"""What may be written in another way: characters after a backslash, numbers that are not whole, minus zero."""


def _copied_together(values: list[bytes]) -> list[bytes] | None:
    """The values without blanks; None where there may be more to change than blanks."""
    together = _BETWEEN.join(values)
    if any(blank in together for blank in _BLANKS):
        if together.count(_BETWEEN) != len(values) - 1:
            return None
        try:
            together = bytes(msgspec.json.format(b"[" + together + b"]", indent=-1))[1:-1]
        except msgspec.DecodeError:
            return None
        values = together.split(_BETWEEN)
    return None if _may_be_rewritten(together) and _REWRITTEN.search(together) else values


def _may_be_rewritten(text: bytes) -> bool:
    """Whether the text has anything that such numbers and characters consist of."""
    if any(sign in text for sign in (b"\\", b".", b"-0")):
        return True
    data = np.frombuffer(text, np.uint8)
    digits = data - np.uint8(ord("0")) < np.uint8(10)
    return bool((digits[:-1] & (data[1:] | np.uint8(0x20) == ord("e"))).any())


_PLAIN = re.compile(r'[^\s\\.eE]*|"[^\\"]*"|true|false|-?[0-9]+')
_PARTS = re.compile(r'"((?:[^"\\]|\\.)*)"|([ \t\n\r]+)|(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)')


def copied(text: str) -> str:
    """A value's text as Jackson copies it, token by token: without blanks, numbers as Java writes them."""
    return text if _PLAIN.fullmatch(text) and "-0" not in text else _PARTS.sub(_copied_part, text)


def _copied_part(found: re.Match[str]) -> str:
    content, blanks, number = found.groups()
    if content is not None:
        return found[0] if "\\" not in content else _copied_string(found[0])
    if blanks is not None:
        return ""
    return str(int(number)) if number.lstrip("-").isdigit() else json_double(float(number))


def _copied_string(text: str) -> str:
    return write(read(text))


@FAMILY.kernel("json_size(varchar(x), JsonPath) -> bigint", execution=Execution.VALUE)
@FAMILY.kernel("json_size(json, JsonPath) -> bigint", execution=Execution.VALUE)
def json_size(texts: Any, paths: Any) -> pa.Array:
    """How many members or elements the object or array has that a path leads to; 0 for a scalar."""
    return _by_path(texts, paths, _sizes, pa.int64())


def _sizes(path: str, texts: pa.Array) -> pa.Array:
    return pa.array([None if one is None else _size(one) for one in extracted(texts, path)], pa.int64())


_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _size(value: bytes) -> int:
    if value[:1] == b"[":
        return len(_ELEMENTS.decode(value))
    if value[:1] != b"{":
        return 0
    count = len(_MEMBERS.decode(value))
    # As many colons as keys: none of them comes twice.
    return count if value.count(b":") == count else entries(value.decode())


def _by_path(texts: Any, paths: Any, call: Callable[[str, pa.Array], pa.Array], type_: pa.DataType) -> pa.Array:
    rows = expanded(texts, length_of((texts, paths)))
    return by_distinct(paths, [rows], call, type_)
