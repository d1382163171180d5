"""The last result as a picture."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from owlake.errors import error
from owlake_shell.commands.registry import command

if TYPE_CHECKING:
    from owlake_shell.shell import Shell


@command(
    "chart", "[bar|line|histogram] [COLUMN...]", "draw the last result; the first column is what it is drawn along"
)
def _chart(shell: Shell, words: list[str]) -> None:
    from owlake_shell.charts import KINDS, chart_text  # noqa: PLC0415

    if shell.last_result is None:
        raise error("INVALID_ARGUMENTS", "There is no last result", hint="Run a query first.", bare=True)
    kind = words[0] if words and words[0] in KINDS else None
    width = shell.look().width or shutil.get_terminal_size().columns
    shell.write(chart_text(shell.last_result, kind, words[1:] if kind else words, width))
