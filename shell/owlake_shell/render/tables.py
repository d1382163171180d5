"""Tables for people: columns aligned by the cells that their values take in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import TextIO

from tabulate import tabulate

from owlake.types.model import is_numeric
from owlake_shell.render import vertical
from owlake_shell.render.cells import cell_rows, header_of, width_of
from owlake_shell.render.look import Expanded, Look
from owlake_shell.render.rows import Rows

ROWS_OF_A_TABLE = 10_000
"""A table's column widths are those of so many rows; the next ones begin a table of their own."""


def write(rows: Rows, output: TextIO, look: Look) -> None:
    """A table; a line for each value where that is wanted, or where the table does not fit the terminal."""
    if look.expanded is Expanded.ON:
        vertical.write(rows, output, look)
        return
    cells = cell_rows(rows, look)
    headers = [header_of(column, look, "\n") for column in rows.columns]
    align = ["right" if is_numeric(column.type) else "left" for column in rows.columns]
    first = list(islice(cells, ROWS_OF_A_TABLE))
    text = table_text(first, headers, align)
    if first and look.expanded is Expanded.AUTO and look.width is not None and _width(text) > look.width:
        vertical.write_cells(chain(first, cells), rows.columns, output, look)
        return
    output.write(text)
    while part := list(islice(cells, ROWS_OF_A_TABLE)):
        output.write(table_text(part, headers, align))


def table_text(
    rows: Sequence[tuple[str, ...]], headers: Sequence[str], align: Sequence[str], style: str = "simple"
) -> str:
    """The rows as one table."""
    shown = tabulate(
        rows,
        headers,
        tablefmt=style,
        colalign=align if rows else None,
        disable_numparse=True,
        preserve_whitespace=True,
    )
    return f"{shown}\n"


def _width(text: str) -> int:
    """The cells of the table's rule, which is as wide as the table."""
    return max(width_of(line) for line in text.split("\n", 3)[:3])
