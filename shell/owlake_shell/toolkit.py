"""What prompt-toolkit is given: keys, colors, completion and history."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, ThreadedCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import completion_is_selected, has_focus
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory, ThreadedHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from owlake.dialect.script import is_complete
from owlake.session import Session
from owlake_shell.completion.names import Names
from owlake_shell.completion.suggestion import Place
from owlake_shell.highlighting import parts
from owlake_shell.output import no_color
from owlake_shell.scripts import CUTTING
from owlake_shell.settings import Settings

_STYLES = {
    "light": {
        "keyword": "ansiblue bold",
        "function": "ansimagenta",
        "name": "",
        "string": "ansired",
        "number": "ansigreen",
        "comment": "ansibrightblack italic",
        "command": "ansimagenta bold",
        "open": "ansired underline",
    },
    "dark": {
        "keyword": "ansibrightblue bold",
        "function": "ansibrightmagenta",
        "name": "",
        "string": "ansiyellow",
        "number": "ansibrightgreen",
        "comment": "ansibrightblack italic",
        "command": "ansibrightmagenta bold",
        "open": "ansiyellow underline",
    },
}
_AUTO = "dark"
_DETAIL_CELLS = 60


def prompt_session(settings: Settings, names: Names, session: Session) -> PromptSession[str]:
    """The prompt, as the settings want it."""
    style = settings.style if settings.style in _STYLES else _AUTO
    return PromptSession(
        multiline=True,
        key_bindings=_keys(),
        lexer=_Highlighting(names),
        completer=ThreadedCompleter(_Completing(names, session)),
        complete_while_typing=settings.completion,
        history=_history(settings.history),
        style=Style.from_dict(_STYLES[style]),
        color_depth=ColorDepth.DEPTH_1_BIT if settings.style == "none" or no_color() else None,
        prompt_continuation=_continuation,
        enable_open_in_editor=True,
        tempfile_suffix=".sql",
    )


def _keys() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter", filter=has_focus(DEFAULT_BUFFER) & completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.complete_state = None

    @bindings.add("enter", filter=has_focus(DEFAULT_BUFFER) & ~completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_complete(buffer.text, CUTTING):
            buffer.validate_and_handle()
        else:
            buffer.newline(copy_margin=True)

    return bindings


def _continuation(width: int, _: int, __: int) -> str:
    """What stands before the further lines of a statement: as wide as the prompt."""
    return "-> ".rjust(width)[-width:] if width else ""


def _history(name: str) -> History:
    """What was typed in earlier sessions; only this one's where the file cannot be written."""
    path = Path(name).expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Statements may hold what is nobody else's business.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except OSError:
        return InMemoryHistory()
    return ThreadedHistory(FileHistory(path))


class _Highlighting(Lexer):
    """Colors by the engine's own tokens."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        lines: list[StyleAndTextTuples] = [[]]
        for part, text in parts(document.text, self._names.functions):
            style = f"class:{part.value}" if part.value else ""
            for number, line in enumerate(text.split("\n")):
                if number:
                    lines.append([])
                lines[-1].append((style, line))
        return lambda number: lines[number] if number < len(lines) else []


class _Completing(Completer):
    """Suggestions for prompt-toolkit; asked on a thread that nobody waits for."""

    def __init__(self, names: Names, session: Session) -> None:
        self._names = names
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        del complete_event
        from owlake_shell.completion.complete import complete  # noqa: PLC0415  (the grammars load here, off the prompt)

        place = Place(self._session.catalog, self._session.database or "default")
        found = complete(document.text, document.cursor_position, self._names, place)
        for one in found.suggestions:
            detail = one.detail if len(one.detail) <= _DETAIL_CELLS else f"{one.detail[: _DETAIL_CELLS - 1]}…"
            yield Completion(
                one.text,
                found.start - document.cursor_position,
                display_meta=f"{one.kind.value} {detail}".rstrip(),
            )
