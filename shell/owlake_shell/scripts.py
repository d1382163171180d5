"""Texts of scripts: statements as Athena has them, and commands that take a line each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from owlake.dialect.script import Cutting
from owlake.errors import error

VERTICALLY: Final = "\\G"
"""What ends a statement whose rows are wanted with a line for each value."""
CUTTING: Final = Cutting((";", VERTICALLY), command="\\")

STANDARD_INPUT = "-"


def script_text(name: str) -> str:
    """A file's text, or standard input's for ``-``, without the mark that some editors put before it.

    Errors: INPUT_ERROR, for what cannot be read or is not UTF-8.
    """
    try:
        text = sys.stdin.read() if name == STANDARD_INPUT else Path(name).expanduser().read_text(encoding="utf-8")
    except OSError as problem:
        text = f"{name} cannot be read: {problem.strerror or problem}"
        raise error("INPUT_ERROR", text, bare=True) from problem
    except UnicodeDecodeError as problem:
        text = f"{name} cannot be read: it is not UTF-8 at byte {problem.start}"
        raise error("INPUT_ERROR", text, bare=True) from problem
    return text.removeprefix("\ufeff")
