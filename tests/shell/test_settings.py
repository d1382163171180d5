"""``~/.owlakerc``."""

from __future__ import annotations

from pathlib import Path

import pytest

from owlake.errors import OwlakeError
from owlake_shell.render.look import Expanded
from owlake_shell.settings import Settings, read_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "owlakerc"


def read(file: Path) -> Settings:
    return read_settings({"OWLAKERC": str(file)})


def test_without_a_file_there_are_the_defaults(file: Path) -> None:
    assert read(file) == Settings()


def test_every_setting_is_read(file: Path) -> None:
    file.write_text(
        'prompt = "{database}> "\nformat = "csv"\nexpanded = "off"\nnull = "∅"\ntypes = true\ntiming = "on"\n'
        'pager = "off"\nstyle = "light"\ncompletion = false\nhistory = "/tmp/typed"\n',
        encoding="utf-8",
    )
    assert read(file) == Settings(
        prompt="{database}> ",
        format="csv",
        expanded=Expanded.OFF,
        null="∅",
        types=True,
        timing=True,
        pager="off",
        style="light",
        completion=False,
        history="/tmp/typed",  # noqa: S108  (only read, never opened)
    )


WRONG = [
    ('promt = "x"', "There is no setting 'promt'", "Did you mean prompt?"),
    ("format = 3", "format cannot be '3'", "Give table, vertical, markdown, csv, json or jsonl."),
    ("null = 0", "null cannot be 0", "Give a text in quotes."),
    ('types = "perhaps"', "types cannot be 'perhaps'", "Give on or off."),
    ("types = ", "is no TOML", None),
]


@pytest.mark.parametrize(("text", "message", "hint"), WRONG, ids=[case[0] for case in WRONG])
def test_a_setting_that_is_none(file: Path, text: str, message: str, hint: str | None) -> None:
    file.write_text(text)
    with pytest.raises(OwlakeError) as caught:
        read(file)
    assert message in caught.value.message
    assert str(file) in caught.value.message
    assert caught.value.hint == hint


def test_a_file_that_cannot_be_read(file: Path) -> None:
    file.write_bytes(b"\xff")
    with pytest.raises(OwlakeError, match="cannot be read"):
        read(file)
