"""Values in the cells of a terminal: their width, and no character that would move the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

from owlake.planning.plan import ResultColumn
from owlake.types.model import Type
from owlake.types.rendering import render_column
from owlake_shell.render.look import Look
from owlake_shell.render.rows import Rows

_FEW = 100
"""Values that are rendered one by one: loading Arrow's kernels takes longer."""
# Control characters but the line feed, and those that turn the direction of what follows.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


def width_of(text: str) -> int:
    """The cells that a line of text takes in a terminal."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # noqa: PLC0415  (few texts need it)

    return max(wcswidth(text), 0)


def header_of(column: ResultColumn, look: Look, separator: str) -> str:
    """The column's name, with its type behind the separator where that is wanted."""
    name = visible(column.name)
    return f"{name}{separator}{column.athena_type or column.type}" if look.types else name


def visible(text: str) -> str:
    """The text with control characters (but the line feed) written out: a value must not steer the terminal."""
    return _CONTROL.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    character = found.group()
    number = ord(character)
    return _SHORT.get(character) or (f"\\x{number:02x}" if number <= _LAST_BYTE else f"\\u{number:04x}")


_LAST_BYTE = 0xFF
_SHORT = {"\t": "\\t", "\r": "\\r"}


def cell_rows(rows: Rows, look: Look) -> Iterator[tuple[str, ...]]:
    """The rows as the texts of their cells."""
    null = f"{_DIM}{look.null}{_PLAIN}" if look.color else look.null
    for batch in rows:
        columns = [
            _cells(_texts(column, one.type), null) for column, one in zip(batch.columns, rows.columns, strict=True)
        ]
        yield from zip(*columns, strict=True)


def _texts(column: pa.Array, type_: Type) -> list[str | None]:
    if len(column) <= _FEW:
        return render_column(column, type_)
    from owlake.types.text_columns import text_column  # noqa: PLC0415  (see _FEW)

    texts: list[str | None] = text_column(column, type_).to_pylist()
    return texts


def _cells(texts: Sequence[str | None], null: str) -> list[str]:
    return [null if text is None else text if text.isprintable() else visible(text) for text in texts]
