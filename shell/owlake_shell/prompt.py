"""The prompt: statements end with a semicolon, Ctrl-C drops the line or stops the statement, Ctrl-D leaves."""

from __future__ import annotations

from owlake.dbapi import Connection
from owlake_shell.scripts import ScriptRunner

_PROMPT, _CONTINUATION = "owlake> ", "     -> "


def run_prompt(connection: Connection, form: str) -> int:
    """Read statements until the end of input."""
    from prompt_toolkit import PromptSession  # noqa: PLC0415  (only the prompt needs it)
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent  # noqa: PLC0415

    bindings = KeyBindings()

    @bindings.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.text.rstrip().endswith(";") or not buffer.text.strip():
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    session: PromptSession[str] = PromptSession(multiline=True, key_bindings=bindings)
    runner = ScriptRunner(connection, form, summary=True)
    while True:
        try:
            text = session.prompt(_PROMPT, prompt_continuation=_CONTINUATION)
            if text.strip():
                runner.run(text)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
