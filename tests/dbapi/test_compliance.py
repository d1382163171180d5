"""The public compliance suite of PEP 249 (dbapi-compliance), over a home of its own."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

import dbapi20
import pytest

import owlake


class TestCompliance(dbapi20.DatabaseAPI20Test):
    """Every test of the suite. Athena has no CREATE TABLE for rows: its tables are external ones with a location."""

    driver = owlake
    ddl1 = "CREATE EXTERNAL TABLE dbapi20test_booze (name varchar(20)) STORED AS PARQUET LOCATION 's3://lake/a/'"
    ddl2 = "CREATE EXTERNAL TABLE dbapi20test_barflys (name varchar(20), drink varchar(30)) STORED AS PARQUET LOCATION 's3://lake/b/'"
    connect_kw_args: ClassVar[dict[str, object]] = {}

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        (self.folder / "buckets" / "lake").mkdir(parents=True)
        self.connect_kw_args["home"] = self.folder

    def tearDown(self) -> None:
        shutil.rmtree(self.folder)

    @pytest.mark.skip(reason="closing twice is allowed here: PEP 249 does not forbid it, and sqlite3 allows it")
    def test_non_idempotent_close(self) -> None:
        raise NotImplementedError

    @pytest.mark.skip(reason="one statement a call gives one result: there is no nextset")
    def test_nextset(self) -> None:
        raise NotImplementedError

    @pytest.mark.skip(reason="sizes of columns to come have no meaning: setoutputsize is accepted and does nothing")
    def test_setoutputsize(self) -> None:
        raise NotImplementedError

    @pytest.mark.skip(reason="the lake has no stored procedures that take a value and give it back")
    def test_callproc(self) -> None:
        raise NotImplementedError
