"""An engine on a home of its own. The suite runs in a process of its own, from ``test_suite_of_sqlalchemy.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

collect_ignore = ["suite"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = create_engine(f"owlake:///{tmp_path / 'home'}")
    yield opened
    opened.dispose()
