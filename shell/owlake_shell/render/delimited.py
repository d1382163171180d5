"""CSV as Athena writes it, which is how its result files are written too."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, TextIO

import pyarrow as pa

from owlake.queries.results.csv_lines import header_line, lines_in_order
from owlake_shell.render.look import Look
from owlake_shell.render.rows import Rows


def write(rows: Rows, output: TextIO, _: Look) -> None:
    """A line of names, then one for each row."""
    output.write(header_line(rows.columns))
    output.flush()
    put = _putter(output)
    for lines in lines_in_order(rows.columns, rows):
        put(lines)


def _putter(output: TextIO) -> Callable[[pa.Buffer], object]:
    """Writes bytes below a text file, or as text where there is nothing below."""
    below: BinaryIO | None = getattr(output, "buffer", None)
    if below is not None:
        return below.write
    return lambda lines: output.write(lines.to_pybytes().decode())
