"""One JSON array of an object for each row."""

from __future__ import annotations

from typing import TextIO

from owlake_shell.render.look import Look
from owlake_shell.render.object_lines import objects
from owlake_shell.render.rows import Rows


def write(rows: Rows, output: TextIO, _: Look) -> None:
    """The array, an object a line."""
    separator = "[\n  "
    for line in objects(rows):
        output.write(f"{separator}{line}")
        separator = ",\n  "
    output.write("[]\n" if separator.startswith("[") else "\n]\n")
