"""How results look, and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from owlake_shell.commands.registry import command
from owlake_shell.render import FORMS
from owlake_shell.render.look import Expanded
from owlake_shell.settings import expanded_of, form_of, switch_of

if TYPE_CHECKING:
    from owlake_shell.shell import Shell


@command("format", "[FORM]", f"write results as {', '.join(FORMS)}; alone it says which")
def _format(shell: Shell, words: list[str]) -> None:
    if words:
        shell.form = form_of("The format", words[0])
    shell.say(f"Results are written as {shell.form}.")


@command("x", "[on|off|auto]", "a line for each value; auto: where a table does not fit the terminal")
def _expanded(shell: Shell, words: list[str]) -> None:
    if words:
        shell.expanded = expanded_of("\\x", words[0])
    else:
        shell.expanded = Expanded.OFF if shell.expanded is Expanded.ON else Expanded.ON
    shell.say(f"A line for each value is {shell.expanded.value}.")


@command("types", "[on|off]", "name the types in the headers of tables")
def _types(shell: Shell, words: list[str]) -> None:
    shell.types = switch_of("\\types", words[0]) if words else not shell.types
    shell.say(f"Types in headers are {_on_or_off(shell.types)}.")


@command("timing", "[on|off]", "tell where the time of each statement went")
def _timing(shell: Shell, words: list[str]) -> None:
    shell.timing = switch_of("\\timing", words[0]) if words else not shell.timing
    shell.summary = shell.summary or shell.timing
    shell.say(f"Timing is {_on_or_off(shell.timing)}.")


@command("o", "[FILE]", "write results to a file from now on; alone: to the terminal again")
def _output(shell: Shell, words: list[str]) -> None:
    shell.output.redirect(Path(words[0]) if words else None)


def _on_or_off(value: bool) -> str:
    return "on" if value else "off"
