"""What a person sets once for every prompt: ``~/.owlakerc``, in TOML.

    prompt = "lake> "
    format = "table"
    null = "∅"

Scripts, ``-c`` and pipes do not read it: what they write is the same on every machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from owlake.errors import OwlakeError, error
from owlake_shell.render import FORMS
from owlake_shell.render.look import Expanded

DEFAULT_FILE = "~/.owlakerc"
VARIABLE = "OWLAKERC"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the prompt looks and behaves.

    Attributes:
        prompt: What stands before what is typed; ``{database}``, ``{catalog}`` and ``{home}`` are filled in.
        format: The form of results: ``table``, ``vertical``, ``csv``, ...
        expanded: A line for each value: ``on``, ``off``, or ``auto`` where a table is too wide.
        null: What stands for NULL in tables.
        types: Whether headers name the types too.
        timing: Whether the time is told in its parts after each statement.
        pager: The program that longer results go through; ``auto`` is ``$PAGER``, else ``less``; ``off`` is none.
        style: The colors: ``auto``, ``light`` or ``dark``, or ``none``.
        completion: Whether suggestions come while typing; otherwise Tab asks for them.
        history: The file that keeps what was typed.
    """

    prompt: str = "owlake> "
    format: str = "table"
    expanded: Expanded = Expanded.AUTO
    null: str = "NULL"
    types: bool = False
    timing: bool = False
    pager: str = "auto"
    style: str = "auto"
    completion: bool = True
    history: str = "~/.owlake_history"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of ``$OWLAKERC``, else of ``~/.owlakerc``; the defaults where there is no such file.

    Errors: INVALID_SETTING, for a file that is no TOML, a setting that does not exist, a value of another kind.
    """
    path = Path((environment or os.environ).get(VARIABLE) or DEFAULT_FILE).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as problem:
        raise error("INVALID_SETTING", f"{path} cannot be read: {problem}", bare=True) from problem
    import tomllib  # noqa: PLC0415  (most have no such file)

    try:
        return settings_of(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise error("INVALID_SETTING", f"{path} is no TOML: {problem}", bare=True) from problem
    except OwlakeError as problem:
        raise error("INVALID_SETTING", f"{path}: {problem.message}", hint=problem.hint, bare=True) from problem


def settings_of(values: Mapping[str, Any]) -> Settings:
    """The settings that these values mean. Errors: INVALID_SETTING."""
    known = {one.name for one in fields(Settings)}
    for name in values:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(known))}."
            raise _invalid(f"There is no setting '{name}'", hint)
    return Settings(**{name: _READERS[name](name, value) for name, value in values.items()})


def form_of(name: str, value: object) -> str:
    """A form of results. Errors: INVALID_SETTING."""
    return _one_of(*FORMS)(name, value)


def switch_of(name: str, value: object) -> bool:
    """``on`` or ``off``. Errors: INVALID_SETTING."""
    if isinstance(value, bool):
        return value
    if value in ("on", "off"):
        return value == "on"
    raise _invalid(f"{name} cannot be '{value}'", "Give on or off.")


def expanded_of(name: str, value: object) -> Expanded:
    """``on``, ``off`` or ``auto``. Errors: INVALID_SETTING."""
    if isinstance(value, bool):
        return Expanded.ON if value else Expanded.OFF
    return Expanded(_one_of(*(one.value for one in Expanded))(name, value))


def _one_of(*names: str) -> Callable[[str, object], str]:
    def read(name: str, value: object) -> str:
        if value in names:
            return str(value)
        raise _invalid(f"{name} cannot be '{value}'", f"Give {', '.join(names[:-1])} or {names[-1]}.")

    return read


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise _invalid(f"{name} cannot be {value!r}", "Give a text in quotes.")


def _invalid(text: str, hint: str) -> OwlakeError:
    return error("INVALID_SETTING", text, hint=hint, bare=True)


_READERS: dict[str, Callable[[str, object], Any]] = {
    "prompt": _text,
    "format": form_of,
    "expanded": expanded_of,
    "null": _text,
    "types": switch_of,
    "timing": switch_of,
    "pager": _text,
    "style": _one_of("auto", "light", "dark", "none"),
    "completion": switch_of,
    "history": _text,
}
