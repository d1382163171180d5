"""Results as text: tables for people, CSV and JSON for programs. Rows are written as they come."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import TextIO

from owlake_shell.render.look import Look
from owlake_shell.render.rows import Rows

Render = Callable[[Rows, TextIO, Look], None]

FORMS = {
    "table": "tables",
    "vertical": "vertical",
    "markdown": "markdown",
    "csv": "delimited",
    "json": "objects",
    "jsonl": "object_lines",
}
"""The forms of ``--format``, and the module that writes each."""


def render(rows: Rows, form: str, output: TextIO | None = None, look: Look | None = None) -> None:
    """Write the rows in a form of ``FORMS``."""
    write: Render = importlib.import_module(f"owlake_shell.render.{FORMS[form]}").write
    write(rows, output or sys.stdout, look or Look())
