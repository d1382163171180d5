"""The prompt: reads statements and commands, and has them run.

Statements end with a semicolon, Ctrl-C drops the line or stops the statement, Ctrl-D leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress

from prompt_toolkit import PromptSession

from owlake import __version__
from owlake.dbapi import Connection
from owlake_shell.catalog_names import CatalogNames, Refresher
from owlake_shell.output import Output
from owlake_shell.settings import Settings
from owlake_shell.shell import Shell
from owlake_shell.toolkit import prompt_session


def run_prompt(connection: Connection, settings: Settings | None = None) -> int:
    """Read and run until the end of input; what comes due in the home meanwhile runs in a thread."""
    settings = settings or Settings()
    shell = Shell(
        connection,
        settings.format,
        summary=True,
        timing=settings.timing,
        null=settings.null,
        types=settings.types,
        expanded=settings.expanded,
        output=Output(settings.pager),
    )
    connection.home.scheduler.start()
    names = CatalogNames(connection.session)
    shell.say(f"owlake {__version__}, home {connection.home.path}. \\? lists the commands, \\q leaves.")
    with closing(shell), Refresher(names) as refresher:
        session = prompt_session(settings, names, connection.session)
        # Once the prompt is there: reading names must not keep it waiting.
        session.app.after_render += lambda _: refresher.begin()
        for text in _texts(session, settings, connection):
            # Ctrl-C between two statements, or a second time: back to the prompt.
            with suppress(KeyboardInterrupt):
                shell.run(text)
            if shell.is_quitting:
                break
            refresher.refresh()
    return 0


def _texts(session: PromptSession[str], settings: Settings, connection: Connection) -> Iterator[str]:
    while True:
        try:
            text = session.prompt(_prompt(settings, connection))
            if text.strip():
                yield text
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def _prompt(settings: Settings, connection: Connection) -> str:
    session = connection.session
    text = settings.prompt.replace("{catalog}", session.catalog).replace("{database}", session.database or "")
    return text.replace("{home}", str(connection.home.path))
