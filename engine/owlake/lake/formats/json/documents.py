"""Files of JSON whose rows are no lines: documents over several lines, and rows that a path leads to.

``jsonPath`` is what a crawler writes down of a JSON classifier (https://docs.aws.amazon.com/glue/latest/dg/
custom-classifier.html#custom-classifier-json). Glue's own readers go by it, and so do tables here. Athena's do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from owlake.errors import error
from owlake.lake.formats.json.lenient import MalformedError

PATH = "jsonPath"
"""The property of tables that says where in documents rows are."""
WHOLE = "$"
"""The path of documents that are rows themselves."""
ARRAY = "array"
"""The one column of documents that are arrays."""
_ROWS_OF_A_BLOCK = 8192
_DEEPEST = 1000
"""Deeper than any table: types of columns nest less, and readers of what has no end to it run out of stack."""
_STEP = re.compile(r"""\.(?P<name>[\w-]+)|\['(?P<quoted>[^']*)'\]|\[(?P<index>\d+)\]|(?P<all>\.\*|\[\*\])""")
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_QUOTED = re.compile(rb'"[^"]*"')
_NO_BRACKETS = bytes(one for one in range(256) if one not in b'{}[]"')

Step = str | int | None
"""A key, a place in an array, or all there is."""
Open = Callable[[Any], Any]
"""From what is held of a value to a dict or a list of what is held of its parts, if it is one."""

_documents = msgspec.json.Decoder(msgspec.Raw)
_objects = msgspec.json.Decoder(dict[str, msgspec.Raw])
_arrays = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class JsonPath:
    """Where in a document its rows are."""

    steps: tuple[Step, ...]

    def find(self, document: Any, opened: Open = lambda value: value) -> Iterator[Any]:
        """What the path leads to."""
        found: Iterator[Any] = iter((document,))
        for step in self.steps:
            found = _below(map(opened, found), step)
        return found


def parse_json_path(text: str) -> JsonPath:
    """``$.name``, ``$['name']``, ``$[0]``, ``$[*]``, ``$.*``, one after the other. Errors: HIVE_INVALID_METADATA."""
    if not text.startswith("$"):
        raise error("HIVE_INVALID_METADATA", f"The JSON path {text} does not begin with $")
    steps: list[Step] = []
    place = 1
    while place < len(text):
        found = _STEP.match(text, place)
        if found is None:
            raise error("HIVE_INVALID_METADATA", f"The JSON path {text} cannot be read from '{text[place:]}' on")
        index = found["index"]
        name = found["name"] if found["name"] is not None else found["quoted"]
        steps.append(int(index) if index is not None else name)
        place = found.end()
    return JsonPath(tuple(steps))


def row_lines(data: bytes, path: JsonPath) -> Iterator[bytes]:
    """The objects that the path leads to, a line each, some thousand lines at a time. Errors: MalformedError."""
    check_depth(data)
    try:
        lines = _lines(_documents.decode_lines(data), path)
        while found := b"".join(islice(lines, _ROWS_OF_A_BLOCK)):
            yield found
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise MalformedError(str(problem)) from problem


def check_depth(data: bytes) -> None:
    """Errors: MalformedError for JSON that is nested too deep for those who read it."""
    if b"\\" in data:
        data = _ESCAPED.sub(b"", data)
    brackets = np.frombuffer(_QUOTED.sub(b"", data.translate(None, _NO_BRACKETS)), np.uint8)
    # Of both kinds of brackets the closing ones have the bit of 4.
    if len(brackets) and np.cumsum(1 - ((brackets & 4) >> 1).astype(np.int64)).max() > _DEEPEST:
        text = f"Values are nested more than {_DEEPEST:,} deep"
        raise MalformedError(text)


def _lines(documents: Iterable[Any], path: JsonPath) -> Iterator[bytes]:
    for document in documents:
        for found in path.find(document, _opened):
            row = msgspec.json.format(bytes(found), indent=-1)
            if row.startswith(b"{"):
                yield row + b"\n"
            elif row.startswith(b"[") and not path.steps:
                yield b'{"%b":%b}\n' % (ARRAY.encode(), row)


def _opened(raw: Any) -> Any:
    match bytes(raw).lstrip()[:1]:
        case b"{":
            return _objects.decode(raw)
        case b"[":
            return _arrays.decode(raw)
    return None


def _below(values: Iterable[Any], step: Step) -> Iterator[Any]:
    for value in values:
        match step, value:
            case None, list():
                yield from value
            case None, dict():
                yield from value.values()
            case str(), dict() if step in value:
                yield value[step]
            case int(), list() if step < len(value):
                yield value[step]
