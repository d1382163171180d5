"""docs/shell.md: its screens, typed into a real terminal, and its list of commands."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import owlake
from owlake.dialect.script import split
from owlake_shell.commands import COMMANDS
from tests.shell.terminal import Terminal

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "shell.md"
_TOUR = _ROOT / "datasets" / "tours" / "flights.sql"
_SCREEN = re.compile(r"(<!-- screen: (\w+) -->\n```text\n)(?:.*?\n)??(```\n)", re.DOTALL)
_COMMANDS = re.compile(r"(<!-- commands -->\n).*?(<!-- end -->\n)", re.DOTALL)
_TIME = re.compile(r"\d+\.\d\d s$", re.MULTILINE)
_BAR = "\\|"

_CONTROL_C, _CONTROL_L = "\x03", "\x0c"
_QUERY = (
    "SELECT tzone, count(*) AS airports, max(alt) AS highest",
    "FROM airports",
    "GROUP BY tzone ORDER BY airports DESC LIMIT 4;",
)


def shell_page() -> str:
    """The page, its marked parts as they are now."""
    with tempfile.TemporaryDirectory() as folder:
        screens = _screens(Path(folder) / "home")
    text = _PAGE.read_text(encoding="utf-8")
    assert set(screens) == {name for _, name, _ in _SCREEN.findall(text)}
    text = _SCREEN.sub(lambda found: f"{found[1]}{screens[found[2]]}\n{found[3]}", text)
    return _COMMANDS.sub(lambda found: f"{found[1]}\n{_commands()}\n{found[2]}", text)


def _commands() -> str:
    rows = (f"| `{one.usage}` | {one.help} |".replace("on|off", f"on{_BAR}off") for _, one in sorted(COMMANDS.items()))
    table = "\n".join(rows).replace("off|auto", f"off{_BAR}auto").replace("bar|line|", f"bar{_BAR}line{_BAR}")
    return f"| command | |\n| --- | --- |\n{table}\n"


def _screens(home: Path) -> dict[str, str]:
    with owlake.connect(home) as connection:
        connection.home.link_bucket("nyc", _ROOT / "datasets" / "flights")
        for piece in split(_TOUR.read_text(encoding="utf-8")):
            if "DATABASE" in piece.text or ("EXTERNAL TABLE" in piece.text and ".air" in piece.text):
                connection.execute(piece.text)
    found: dict[str, str] = {}
    settings = 'pager = "off"\n'
    with Terminal(home, "--database", "flights", settings=settings) as terminal:
        terminal.until("owlake>")
        for name, scene in _SCENES.items():
            found[name] = _played(terminal, scene)
    with Terminal(home, "--database", "flights", settings=settings, columns=40) as terminal:
        terminal.until("owlake>")
        found["narrow"] = _played(terminal, _narrow)
    return found


def _played(terminal: Terminal, scene: Callable[[Terminal], str]) -> str:
    """What the screen shows after a scene that begins on an empty one."""
    terminal.clear()
    terminal.type(_CONTROL_L)
    terminal.until("owlake>")
    shown = scene(terminal).removesuffix("owlake>").rstrip()
    terminal.type(_CONTROL_C)
    terminal.until(lambda now: now.endswith("owlake>"))
    return _TIME.sub("0.02 s", shown)


def _query(terminal: Terminal) -> str:
    for line in _QUERY:
        terminal.enter(line)
    return _finished(terminal, "-- 4 rows")


def _chart(terminal: Terminal) -> str:
    terminal.enter("\\chart bar tzone airports")
    return _finished(terminal, "\nairports")


def _suggestions(terminal: Terminal) -> str:
    typed, last = "SELECT name FROM airports WHERE al", " all_match("
    terminal.type(typed)
    return terminal.insisting("x\x7f", lambda shown: shown.startswith(f"owlake> {typed}\n") and last in shown)


def _describe(terminal: Terminal) -> str:
    terminal.enter("\\d airlines")
    return _finished(terminal, "$partition")


def _error(terminal: Terminal) -> str:
    terminal.enter("SELECT faa,")
    terminal.enter("  nam FROM airports;")
    return _finished(terminal, "Hint:")


def _narrow(terminal: Terminal) -> str:
    terminal.enter("SELECT * FROM airports")
    terminal.enter("WHERE faa = 'JFK';")
    return _finished(terminal, "-- 1 row")


def _finished(terminal: Terminal, wanted: str) -> str:
    """The screen once it shows what is wanted, and the next prompt below."""
    return terminal.until(lambda shown: wanted in shown and shown.endswith("owlake>"))


_SCENES = {
    "query": _query,
    "chart": _chart,
    "suggestions": _suggestions,
    "describe": _describe,
    "error": _error,
}
