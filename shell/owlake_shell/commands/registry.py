"""What commands there are: each is registered with what it takes and its line of help."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from owlake.errors import OwlakeError, error
from owlake_shell.render import FORMS

if TYPE_CHECKING:
    from owlake_shell.shell import Shell

Run = Callable[["Shell", list[str]], None]
_FORM = re.compile(r"(\\(?:\?|[A-Za-z]+))[ \t]*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes:
        name: With its backslash.
        takes: What stands behind it, as its help shows it: ``[NAME]`` may be left out, ``NAME...`` comes several
            times, ``SQL`` is the rest of the line as it stands.
        help: What it does, in a line.
        run: Does it; gets the words behind the name.
    """

    name: str
    takes: str
    help: str
    run: Run

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that the first place takes, where there are only some."""
        if self.takes == "[FORM]":
            return tuple(FORMS)
        words = self.takes.split()
        return tuple(words[0].strip("[]").split("|")) if words and "|" in words[0] else ()

    @property
    def usage(self) -> str:
        """The command as it is written."""
        return f"{self.name} {self.takes}".strip()


COMMANDS: dict[str, Command] = {}
"""Every command by its name, in the order of the help."""


def command(name: str, takes: str, help_: str) -> Callable[[Run], Run]:
    """Register the decorated function as a command."""

    def register(run: Run) -> Run:
        COMMANDS[f"\\{name}"] = Command(f"\\{name}", takes, help_, run)
        return run

    return register


def run_command(shell: Shell, line: str) -> None:
    """Run the command of a line.

    Errors: INVALID_COMMAND for one that does not exist, INVALID_ARGUMENTS, and the command's own.
    """
    found = _FORM.fullmatch(line.strip())
    name = found[1] if found else line.split(maxsplit=1)[0]
    known = COMMANDS.get(name)
    if known is None or found is None:
        near = get_close_matches(name[1:], [one[1:] for one in COMMANDS], n=1)
        hint = f"Did you mean \\{near[0]}? \\? lists the commands." if near else "\\? lists the commands."
        raise error("INVALID_COMMAND", f"There is no command {name}", hint=hint, bare=True)
    known.run(shell, _words(known, found[2].rstrip("; \t\r\n")))


def usage_error(name: str, text: str) -> OwlakeError:
    """The error of a command that was given something else than it takes."""
    return error("INVALID_ARGUMENTS", text, hint=f"Usage: {COMMANDS[name].usage}", bare=True)


def _words(known: Command, text: str) -> list[str]:
    """The words behind the command, as many as it takes."""
    wanted = known.takes.split()
    if wanted[-1:] in (["SQL"], ["[SQL]"], ["[NAME]"]):
        words = [text] if text else []
    else:
        try:
            words = shlex.split(text)
        except ValueError as problem:
            raise usage_error(known.name, f"{known.name}: {problem}") from problem
    least = sum(not one.startswith("[") for one in wanted)
    most = None if any("..." in one for one in wanted) else len(wanted)
    if len(words) < least:
        raise usage_error(known.name, f"{known.name} needs {wanted[len(words)]}")
    if most is not None and len(words) > most:
        raise usage_error(known.name, f"{known.name} does not take '{words[most]}'")
    return words
