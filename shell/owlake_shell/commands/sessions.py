"""Help, and the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake_shell.commands.registry import COMMANDS, command

if TYPE_CHECKING:
    from owlake_shell.shell import Shell


_INDENT = 24
"""The cells that help begins behind."""


@command("?", "", "this list")
def _help(shell: Shell, _: list[str]) -> None:
    shell.write(help_text(shell.look().width or 80))


@command("q", "", "leave")
def _quit(shell: Shell, _: list[str]) -> None:
    shell.is_quitting = True


def help_text(width: int) -> str:
    """Every command by name with its line of help, in lines of at most so many cells."""
    import textwrap  # noqa: PLC0415  (only help needs it)

    indent = min(_INDENT, width // 2)
    parts: list[str] = []
    for _, one in sorted(COMMANDS.items()):
        begin = f"{one.usage}  ".ljust(indent)
        if len(begin) > indent:
            parts.append(f"{one.usage}\n")
            begin = " " * indent
        parts.append(textwrap.fill(one.help, width, initial_indent=begin, subsequent_indent=" " * indent) + "\n")
    return "".join(parts)
