"""Running statements otherwise: from a file, again and again, or only in thought."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from owlake.dialect.script import split
from owlake.errors import error
from owlake_shell.commands.registry import command, usage_error
from owlake_shell.interrupts import wait
from owlake_shell.scripts import script_text

if TYPE_CHECKING:
    from owlake_shell.shell import Shell

_LONGEST = threading.TIMEOUT_MAX


@command("i", "FILE", "run the statements and commands of a file")
def _include(shell: Shell, words: list[str]) -> None:
    shell.run_included(script_text(words[0]), words[0])


@command("watch", "SECONDS [TIMES]", "run the last statement again every so many seconds, until Ctrl-C")
def _watch(shell: Shell, words: list[str]) -> None:
    seconds = _number("\\watch", words[0])
    times = int(_number("\\watch", words[1])) if len(words) > 1 else None
    statement = _statement(shell, [])
    done = 0
    while times is None or done < times:
        if done:
            wait(seconds)
        shell.execute(statement, shell.parameters)
        done += 1


@command("plan", "[SQL]", "show how a statement would run: the one given, else the last one")
def _plan(shell: Shell, words: list[str]) -> None:
    with shell.connection.session.execute(f"EXPLAIN {_statement(shell, words)}", shell.parameters) as result:
        lines = [line for batch in result for line in batch.column(0).to_pylist()]
    shell.write("".join(f"{line}\n" for line in lines))


@command("cost", "[SQL]", "show what a statement would read and cost: the one given, else the last one")
def _cost(shell: Shell, words: list[str]) -> None:
    text = f"EXPLAIN (TYPE COST) {_statement(shell, words)}"
    with shell.connection.session.execute(text, shell.parameters) as result:
        shell.show(result)


def _statement(shell: Shell, words: list[str]) -> str:
    if words:
        pieces = [piece for piece in split(words[0]) if not piece.only_comment]
        # Of several none is left out without a word: the engine refuses them.
        return pieces[0].text if len(pieces) == 1 else words[0]
    if shell.last_statement is None:
        raise error("INVALID_ARGUMENTS", "There is no last statement", hint="Run one first.", bare=True)
    return shell.last_statement


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= _LONGEST:
        raise usage_error(name, f"{name} takes a number, not '{text}'")
    return number
