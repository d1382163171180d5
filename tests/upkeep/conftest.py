from __future__ import annotations

import shutil

import pytest

from owlake.home import Home
from owlake.session import Session
from tests.upkeep.lake import make


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A closed home with the table ``t``: forty rows in two partitions of four files each."""
    path = tmp_path_factory.mktemp("template") / "home"
    with Home.open(path) as home, Session(home) as session:
        home.storage.create_bucket("lake")
        make(session)
    return path


@pytest.fixture
def home(tmp_path):
    with Home.open(tmp_path / "home") as opened:
        opened.storage.create_bucket("lake")
        yield opened


@pytest.fixture
def filled_home(tmp_path, template):
    shutil.copytree(template, tmp_path / "filled")
    with Home.open(tmp_path / "filled") as opened:
        yield opened


@pytest.fixture
def session(home):
    with Session(home) as opened:
        yield opened
