"""The prompt, typed into through prompt-toolkit's pipe."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

import owlake
from owlake.runtime.tasks import TaskDefinition
from owlake_shell.repl import run_prompt
from owlake_shell.settings import Settings

CONTROL_C, CONTROL_D = "\x03", "\x04"


def typed(home: Path, text: str) -> int:
    with (
        create_pipe_input() as keys,
        create_app_session(input=keys, output=DummyOutput()),
        owlake.connect(home) as connection,
    ):
        keys.send_text(text + CONTROL_D)
        return run_prompt(connection, Settings(format="csv", history=str(home / "typed")))


def test_a_statement_runs_at_its_semicolon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(tmp_path / "home", "SELECT 1\rAS a\r;\r") == 0
    said = capsys.readouterr()
    assert said.out == '"a"\n"1"\n'
    assert "\n-- 1 row, 0 B scanned" in said.err


def test_the_prompt_goes_on_after_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(tmp_path / "home", "SELEC 1;\rSELECT 2 AS b;\r") == 0
    said = capsys.readouterr()
    assert "line 1:1: mismatched input 'SELEC'" in said.err
    assert '"2"' in said.out


def test_ctrl_c_drops_what_was_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(tmp_path / "home", f"SELECT 'dropped'{CONTROL_C}SELECT 3 AS c;\r") == 0
    said = capsys.readouterr()
    assert '"3"' in said.out
    assert "dropped" not in said.out + said.err


def test_an_empty_line_is_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(tmp_path / "home", "\r\r") == 0
    assert capsys.readouterr().out == ""


def test_what_comes_due_runs_while_nothing_is_typed(tmp_path: Path) -> None:
    ran: list[bool] = []
    with (
        create_pipe_input() as keys,
        create_app_session(input=keys, output=DummyOutput()),
        owlake.connect(tmp_path / "home") as connection,
    ):
        done = threading.Event()

        def leave() -> None:
            ran.append(done.wait(120))
            keys.send_text(CONTROL_D)

        connection.home.scheduler.register("ring", lambda _: done.set())
        connection.home.scheduler.schedule(TaskDefinition("now", "ring", "tests"))
        thread = threading.Thread(target=leave)
        thread.start()
        assert run_prompt(connection, Settings(history=str(tmp_path / "typed"))) == 0
        thread.join()
    assert ran == [True]
