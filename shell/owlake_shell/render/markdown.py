"""Tables of Markdown."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TextIO

from owlake.types.model import is_numeric
from owlake_shell.render.cells import cell_rows, header_of
from owlake_shell.render.look import Look
from owlake_shell.render.rows import Rows
from owlake_shell.render.tables import ROWS_OF_A_TABLE, table_text


def write(rows: Rows, output: TextIO, look: Look) -> None:
    """A table, each row on one line."""
    headers = [_in_cell(header_of(column, look, "\n")) for column in rows.columns]
    align = ["right" if is_numeric(column.type) else "left" for column in rows.columns]
    cells = (tuple(map(_in_cell, row)) for row in cell_rows(rows, replace(look, color=False)))
    output.write(table_text(list(islice(cells, ROWS_OF_A_TABLE)), headers, align, "github"))
    while part := list(islice(cells, ROWS_OF_A_TABLE)):
        output.write(table_text(part, headers, align, "github"))


def _in_cell(value: str) -> str:
    """What would end a cell or a line of the table, written so that it does not."""
    return value.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "<br>")
