"""Homes with delivery streams, whose clock stands until it is moved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import owlake
from owlake.dbapi import Connection

ROLE = "arn:aws:iam::123456789012:role/delivery"
START = "2026-03-04 05:06:07 UTC"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    (tmp_path / "home" / "buckets" / "lake").mkdir(parents=True)
    with owlake.connect(tmp_path / "home") as opened:
        opened.execute(f"CALL system.runtime.set_clock(TIMESTAMP '{START}')")
        yield opened


@pytest.fixture
def firehose(connection: Connection) -> Any:
    return connection.client("firehose")


@pytest.fixture
def objects(connection: Connection) -> Callable[[], dict[str, bytes]]:
    """The objects of the bucket, with UUIDs as ``*``; the second of a name has one more."""

    def found() -> dict[str, bytes]:
        root = connection.home.path / "buckets" / "lake"
        files = sorted(one for one in root.rglob("*") if one.is_file())
        contents: dict[str, bytes] = {}
        for one in files:
            name = _UUID.sub("*", str(one.relative_to(root)))
            while name in contents:
                name += "*"
            contents[name] = one.read_bytes()
        return contents

    return found


def lake(**more: Any) -> dict[str, Any]:
    """The configuration of a destination in the bucket."""
    return {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake", **more}


def advance(connection: Connection, seconds: int) -> None:
    connection.execute(f"CALL system.runtime.advance_clock(INTERVAL '{seconds}' SECOND)")
