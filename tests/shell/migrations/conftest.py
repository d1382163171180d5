"""A folder of migrations, and the command over it and a home of the test's own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.shell.conftest import Owlake, Ran

Write = Callable[[str, str], Path]
Migrate = Callable[..., Ran]
Sql = Callable[[str], list[list[Any]]]

CREATE_EVENTS = """\
-- intent: Raw click events, a partition a day

CREATE DATABASE lake;
CREATE EXTERNAL TABLE lake.events (id bigint, url string)
PARTITIONED BY (dt string)
STORED AS PARQUET
LOCATION 's3://raw/events/';

-- down
DROP TABLE lake.events;
DROP DATABASE lake;
"""

DAILY = """\
-- intent: What happened on each day
-- requires: 0001

CREATE TABLE lake.daily AS SELECT 'a' AS url, 1 AS clicks;
INSERT INTO lake.daily SELECT 'b', 2;
ALTER TABLE lake.events ADD PARTITION (dt = '2026-01-01');

-- down
DROP TABLE lake.daily;
ALTER TABLE lake.events DROP PARTITION (dt = '2026-01-01');
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "migrations"
    made.mkdir(exist_ok=True)
    return made


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes a file of the folder."""

    def file(name: str, text: str) -> Path:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    return file


@pytest.fixture
def migrate(owlake: Owlake, folder: Path) -> Migrate:
    """Runs ``owlake migrate``; the folder is called ``migrations`` in what it says, and times are zero."""

    def run(*words: str) -> Ran:
        ran = owlake("migrate", "--folder", str(folder), *words)
        out, err = (text.replace(str(folder), "migrations") for text in (ran.out, ran.err))
        return Ran(ran.status, re.sub(r"\d+\.\d\d s", "0.00 s", out), err)

    return run


@pytest.fixture
def sql(owlake: Owlake) -> Sql:
    """The rows of a query in the home."""

    def rows(text: str) -> list[list[Any]]:
        ran = owlake("--format", "json", "-c", text)
        assert ran.status == 0, ran.err
        return [list(row.values()) for row in json.loads(ran.out or "[]")]

    return rows
