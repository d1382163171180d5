"""The shell in a real terminal: what its screen shows while keys are pressed.

Most tests type into one shell, each of them on an empty screen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import owlake
from tests.shell.terminal import Terminal

CONTROL_C, CONTROL_D, CONTROL_L, CONTROL_R, TAB, ESCAPE = "\x03", "\x04", "\x0c", "\x12", "\t", "\x1b"
# Hash joins of everything with half of everything, twice: nobody sees the end of it.
ENDLESS = "SELECT count(*) AS n FROM series a JOIN series b ON a.x % 2 = b.x % 2 JOIN series c ON b.x % 2 = c.x % 2"
SETUP = (
    "CREATE EXTERNAL TABLE series (x bigint) STORED AS PARQUET LOCATION 's3://data/series/'",
    "CREATE DATABASE sales",
    "CREATE TABLE sales.refunds (city, amount, note) AS VALUES ('Köln', 3, CAST('' AS varchar)), ('東京 🎉', 12, NULL)",
)
PAGER = "import sys; print('PAGED'); print(sum(1 for line in sys.stdin), 'lines')"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("terminal") / "home"
    folder = home / "buckets" / "data" / "series"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"x": pa.array(range(50_000), pa.int64())}), folder / "a.parquet")
    with owlake.connect(home) as connection:
        for sql in SETUP:
            connection.execute(sql)
    return home


@pytest.fixture(scope="module")
def shared(home: Path) -> Iterator[Terminal]:
    settings = f"""pager = '''{sys.executable} -c "{PAGER}"'''\nnull = "∅"\n"""
    with Terminal(home, settings=settings) as terminal:
        terminal.until("owlake>")
        yield terminal


@pytest.fixture
def terminal(shared: Terminal) -> Terminal:
    """The shared shell, nothing typed, nothing on its screen."""
    shared.type(CONTROL_C)
    shared.until(lambda shown: shown.endswith("owlake>"))
    shared.clear()
    shared.type(CONTROL_L)
    shared.until("owlake>")
    return shared


def test_a_statement_goes_over_lines_until_its_semicolon(terminal: Terminal) -> None:
    terminal.enter("SELECT city,")
    terminal.until("     ->")
    terminal.enter("'a;")
    terminal.enter("b' AS text FROM sales.refunds WHERE amount = 3;")
    lines = terminal.until("-- 1 row").splitlines()
    assert lines[:3] == [
        "owlake> SELECT city,",
        "     -> 'a;",
        "     -> b' AS text FROM sales.refunds WHERE amount = 3;",
    ]
    # A text over two lines takes two lines of the table.
    assert lines[3:7] == ["city    text", "------  ------", "Köln    a;", "        b"]


def test_cells_are_as_wide_as_their_characters_and_null_is_no_text(terminal: Terminal) -> None:
    terminal.enter("SELECT * FROM sales.refunds ORDER BY amount DESC;")
    terminal.until("-- 2 rows")
    rows = [line for line in terminal.shown().splitlines() if "12" in line or "  3" in line]
    columns = [terminal.cells_before(row, "12" if "12" in row else " 3") for row in rows]
    assert columns[0] == columns[1]
    assert rows[0].endswith("∅")
    assert rows[1].rstrip().endswith("3")


def test_what_is_typed_has_colors(terminal: Terminal) -> None:
    terminal.type("SELECT 'text', 42 -- why")
    terminal.until("-- why")
    colors = {word: terminal.color_of(word) for word in ("SELECT", "'text'", "42", "-- why")}
    assert len(set(colors.values())) == 4
    assert "default" not in colors.values()


def test_names_are_suggested_while_typing(terminal: Terminal) -> None:
    terminal.type("SELECT * FROM sales.")
    terminal.suggested("refunds  table")
    terminal.type(TAB)
    terminal.until("sales.refunds")
    terminal.type(" WHERE am")
    terminal.suggested("amount  column integer")


def test_a_suggestion_is_taken_with_enter(terminal: Terminal) -> None:
    terminal.type("SELECT count(*) AS n FROM sales.r")
    terminal.suggested("refunds  table")
    terminal.type(TAB)
    terminal.until("FROM sales.refunds")
    terminal.enter()
    terminal.enter(";")
    terminal.until("-- 1 row")


def test_history_is_searched(terminal: Terminal) -> None:
    terminal.enter("SELECT 'needle' AS first;")
    terminal.until("-- 1 row")
    terminal.enter("SELECT 'hay' AS second;")
    terminal.until("hay\n-- 1 row")
    terminal.type(f"{CONTROL_R}needle")
    terminal.until("I-search backward: needle")
    terminal.insisting(CONTROL_R, lambda shown: "'needle' AS first;" in shown.rpartition("\nhay\n")[2])
    terminal.enter()
    terminal.until(lambda shown: "I-search" not in shown)
    terminal.enter()
    terminal.until(lambda shown: shown.rfind("\nneedle\n-- 1 row") > shown.rfind("\nhay\n") > 0)


def test_an_error_shows_its_line_and_a_caret(terminal: Terminal) -> None:
    terminal.enter("SELECT city,")
    terminal.enter("  '日本' || amout FROM sales.refunds;")
    lines = terminal.until("Hint:").splitlines()
    assert any(line.startswith("COLUMN_NOT_FOUND: line 2:11: Column 'amout'") for line in lines)
    at = lines.index("2 |   '日本' || amout FROM sales.refunds")
    assert lines[at + 1 :][:2] == [" " * 16 + "^", "Hint: Did you mean amount?"]


def test_ctrl_c_cancels_the_statement_and_not_the_shell(terminal: Terminal) -> None:
    terminal.enter(f"{ENDLESS};")
    terminal.until("running ")
    shown = terminal.until("scanned, 0.0000")
    assert " rows, " in shown
    terminal.type(CONTROL_C)
    shown = terminal.until("USER_CANCELED: Query cancelled by user")
    assert "running" not in shown
    terminal.enter("SELECT 'alive' AS still;")
    terminal.until("alive\n-- 1 row")


def test_ctrl_c_drops_what_is_typed(terminal: Terminal) -> None:
    terminal.enter("SELECT 'dropped'")
    terminal.type(f"{CONTROL_C}SELECT 'kept' AS this;\r")
    assert "USER_CANCELED" not in terminal.until("kept\n-- 1 row")


def test_long_results_go_through_the_pager(terminal: Terminal) -> None:
    terminal.enter("SELECT x FROM series LIMIT 500;")
    shown = terminal.until("-- 500 rows")
    assert "PAGED\n502 lines" in shown
    terminal.enter("SELECT 1 AS short;")
    assert "PAGED" not in terminal.until("short\n")[shown.index("-- 500 rows") :]


def test_wide_rows_are_shown_a_line_for_each_value(terminal: Terminal) -> None:
    terminal.enter("SELECT city, repeat('w', 90) AS wide, note FROM sales.refunds;")
    shown = terminal.until("-- 2 rows")
    assert "-[ row 2 ]----------------------\ncity | 東京 🎉" in shown.replace("東 京", "東京").replace("🎉 ", "🎉")
    assert shown.count("note |") == 2
    assert shown.count("note | ∅") == 1


def test_the_last_result_is_drawn(terminal: Terminal) -> None:
    terminal.enter("SELECT city, amount FROM sales.refunds ORDER BY amount;")
    terminal.until("-- 2 rows")
    terminal.enter("\\chart bar")
    shown = terminal.until("└┬")
    assert "Köln 3┤███" in shown


def test_commands_and_their_help(terminal: Terminal) -> None:
    terminal.enter("\\d sales.refunds")
    terminal.until(lambda shown: "amount integer" in " ".join(shown.split()))
    terminal.enter("\\timing on")
    terminal.enter("SELECT 1 AS one;")
    terminal.until("(planning 0.")
    terminal.enter("\\timing off")
    terminal.until("Timing is off.")


def test_the_last_statement_is_watched_until_ctrl_c(terminal: Terminal) -> None:
    terminal.enter("SELECT 'tick' AS clock;")
    terminal.until("tick\n-- 1 row")
    terminal.enter("\\watch 0.05")
    terminal.until(lambda shown: shown.count("\ntick") > 2)
    terminal.type(CONTROL_C)
    terminal.until(lambda shown: shown.endswith("owlake>"))


def test_a_narrow_terminal_without_colors(home: Path) -> None:
    environment = {"NO_COLOR": "1"}
    with Terminal(home, columns=40, lines=20, settings='pager = "off"\n', environment=environment) as terminal:
        terminal.until("owlake>")
        terminal.enter("SELECT city, 'twenty characters ..' AS a, 'ten more..' AS b FROM sales.refunds;")
        shown = terminal.until("-- 2 rows")
        assert "-[ row 2 ]" in shown
        assert "a    | twenty characters .." in shown
        terminal.enter("SELECT 'a long way to the right', 'of it', nope;")
        shown = terminal.until("^")
        (line, caret) = shown.split("\n1 | ")[1].splitlines()[:2]
        assert line[caret.index("^") - 4 :].startswith("nope")
        # Nothing is told by color, and the shell leaves with its own status.
        assert not any(f"\x1b[{code}m".encode() in terminal.raw for code in range(30, 50))
        assert b"\x1b[38" not in terminal.raw
        terminal.type(CONTROL_D)
        assert terminal.ended() == 0


def test_settings_that_cannot_be_read(home: Path) -> None:
    with Terminal(home, settings="nul = 'x'\n") as terminal:
        assert terminal.ended() == 1
        # Where a line of the terminal ends depends on how long the file's name is.
        shown = "".join(terminal.shown().split())
        assert "Thereisnosetting'nul'" in shown
        assert "Hint:Didyoumeannull?" in shown
