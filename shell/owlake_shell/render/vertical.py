"""A line for each value, for rows that are wider than the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

from owlake.planning.plan import ResultColumn
from owlake_shell.render.cells import cell_rows, header_of, width_of
from owlake_shell.render.look import Look
from owlake_shell.render.rows import Rows

_RULE = 32
"""How long the line above a row is, where the terminal has room for it."""


def write(rows: Rows, output: TextIO, look: Look) -> None:
    """Each row as a block of ``column | value`` lines."""
    write_cells(cell_rows(rows, look), rows.columns, output, look)


def write_cells(rows: Iterable[tuple[str, ...]], columns: Sequence[ResultColumn], output: TextIO, look: Look) -> None:
    """Rows whose cells are texts already."""
    headers = [header_of(column, look, " ") for column in columns]
    widest = max(map(width_of, headers), default=0)
    labels = [header + " " * (widest - width_of(header)) + " | " for header in headers]
    further = f"\n{' ' * widest} | "
    length = min(_RULE, look.width or _RULE)
    for number, row in enumerate(rows, 1):
        output.write(f"-[ row {number} ]".ljust(length, "-") + "\n")
        output.writelines(
            f"{label}{value.replace(chr(10), further)}\n" for label, value in zip(labels, row, strict=True)
        )
