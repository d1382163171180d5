"""What the pages show is what happens: their SQL, Python and command lines are run, their outputs compared.

In a page, in order, in one home:

- ``sql`` is run; the ``text`` block right after it is what its last statement shows, or the error that it ends with;
- ``python`` and ``sh`` (commands of owlake only) are run, and a ``text`` block after them is what they print;
- ``postgresql`` is run in a database of PostgreSQL, whose URL is in the environment as ``SHOP_URL``;
- a block whose info names a place, as in ``csv s3://bucket/key``, is that file.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.dialects import registry

import owlake
from owlake.dialect.script import split
from owlake_shell.main import main
from owlake_shell.render import render

# A checkout may have been installed before the entry point came.
registry.register("owlake", "owlake.sqlalchemy.dialect", "OwlakeDialect")

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(
    r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
_ANCHOR = re.compile(r"\]\((?!https?://)([^)#]*)#([^)]+)\)")
_LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


@dataclass(frozen=True)
class Block:
    """A fenced block, and the output that the page shows below it."""

    language: str
    place: str
    text: str
    shown: str | None


def blocks(page: Path) -> Iterator[Block]:
    for found in _FENCE.finditer(page.read_text(encoding="utf-8")):
        language, _, place = found["info"].partition(" ")
        yield Block(language, place, found["text"], found["shown"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_hold(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OWLAKE_HOME", str(tmp_path / "home"))
    monkeypatch.syspath_prepend(str(tmp_path))
    for block in blocks(page):
        if block.place:
            _write(block, tmp_path)
        elif block.language == "postgresql":
            database = request.getfixturevalue("postgresql").database("shop")
            monkeypatch.setenv("SHOP_URL", database.url)
            database.run(*(piece.text for piece in split(block.text)))
        elif block.language in _RUNNERS:
            output = _RUNNERS[block.language](block.text)
            if block.shown is not None:
                assert _lines(output) == _lines(block.shown), block.text


def _write(block: Block, folder: Path) -> None:
    scheme, sign, path = block.place.partition("://")
    place = folder / "home" / "buckets" / path if sign and scheme == "s3" else folder / block.place
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(block.text, encoding="utf-8")


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _sql(text: str) -> str:
    """What the last statement shows."""
    output = io.StringIO()
    with owlake.connect() as connection:
        for piece in split(text):
            output = io.StringIO()
            try:
                result = connection.session.execute(piece.text)
                if result.columns:
                    render(result, "table", output)
            except owlake.Error as problem:
                output.write(problem.report)
                break
    return output.getvalue()


def _python(text: str) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(text, "<page>", "exec"), {})  # noqa: S102  (the pages' own examples)
    return output.getvalue()


def _commands(text: str) -> str:
    output = io.StringIO()
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] != ["owlake"] or len(words) == 1:
            continue
        with contextlib.redirect_stdout(output):
            assert main(words[1:]) == 0, line
    return output.getvalue()


_RUNNERS = {"sql": _sql, "python": _python, "sh": _commands}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_into_a_page_lead_to_a_heading(page: Path) -> None:
    links = _ANCHOR.findall(page.read_text(encoding="utf-8"))
    places = [(page.parent / target if target else page, anchor) for target, anchor in links]
    assert [anchor for target, anchor in places if anchor not in _headings(target)] == []


def _headings(page: Path) -> set[str]:
    """The headings of a page, as GitHub makes anchors of them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = (title.strip().lower() for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(_LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in linked] == []


def test_every_file_that_a_page_names_exists() -> None:
    names = re.compile(r"`((?:engine|shell|tests|datasets|connectors)/[\w./-]+)`")
    missing = [
        f"{page.name}: {name}"
        for page in PAGES
        for name in names.findall(page.read_text(encoding="utf-8"))
        if not os.path.lexists(ROOT / name)
    ]
    assert missing == []
