"""What all tests share: homes, and the collector of SQL logic tests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from owlake.home import Home
from owlake.session import Session
from tests.s3_server import running_server
from tests.slt_runner import Runner, SltError, plugins_of

if TYPE_CHECKING:
    from tests.connectors.postgresql.server import Server

_ROOT = Path(__file__).parent.parent

# Processes that tests start run the code that is tested, wherever else owlake may be installed.
os.environ["PYTHONPATH"] = os.pathsep.join(str(_ROOT / name) for name in ("engine", "connectors", "shell", "."))

# How long an example takes is the machine's business. The same examples every time: what passed once passes again;
# `python -m tests.campaigns.properties` draws others.
settings.register_profile("owlake", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None, derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("OWLAKE_HYPOTHESIS", "owlake"))


class SltFile(pytest.File):
    """A file of SQL logic tests: one test."""

    def collect(self) -> Iterable[pytest.Item]:
        yield SltItem.from_parent(self, name=self.path.stem)


class SltItem(pytest.Item):
    """Runs the whole file against a home of its own."""

    def runtest(self) -> None:
        factory = self.config._tmp_path_factory  # type: ignore[attr-defined]
        with Home.open(factory.mktemp("slt"), plugins=plugins_of(self.path)) as home:
            Runner(home).run(self.path)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object, **__: object) -> str:
        if isinstance(excinfo.value, SltError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"slt: {self.name}"


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    if file_path.suffix == ".slt":
        return SltFile.from_parent(parent, path=file_path)
    return None


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:  # noqa: ARG001
    """Bytes are named by how many they are: what packs them may write the time into them, and names must not change."""
    return f"{argname}-{len(val)}" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One server for the whole run; whoever uses it makes a database of its own."""
    from tests.connectors.postgresql.server import running_server as running_postgresql  # noqa: PLC0415  (the driver)

    with running_postgresql() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def session(home: Home) -> Iterator[Session]:
    with Session(home) as opened:
        yield opened


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3-compatible server of this test run."""
    with running_server() as url:
        yield url
