"""A hundred thousand small files in a thousand partitions: crawled, and crawled again with nothing new."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from pathlib import Path

import owlake
from tests.benchmarks.measuring import Line, Setting

_FOLDERS = 1000
_FILES = 100
_RECORDS = 5
_SECONDS = 60
_SECONDS_AGAIN = 5
_MEGABYTES = 500
_CALL = """
CALL glue.system.create_crawler(
    name => 'events', database_name => 'd', targets => JSON '{"S3Targets": [{"Path": "s3://lake/events/"}]}')
"""


def run(setting: Setting) -> Iterator[Line]:
    """A line for each run, and one for the memory of the process."""
    with owlake.connect(setting.scratch / "home") as connection:
        _write(connection.home.path / "buckets" / "lake" / "events")
        connection.execute(_CALL)
        for name, limit in (("first", _SECONDS), ("again", _SECONDS_AGAIN)):
            begin = setting.clock()
            connection.execute("CALL glue.system.start_crawler('events')").fetchall()
            yield Line(f"crawl, {name}", setting.clock() - begin, "s", limit, f"{_FOLDERS * _FILES} files")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Line("memory", peak, "MB", _MEGABYTES, "the most of the process, from its start")
        (row,) = connection.execute("SELECT count(*), sum(id) FROM d.events WHERE day = '0500'").fetchall()
        assert row == (_FILES * _RECORDS, _FILES * sum(range(_RECORDS)))


def _write(folder: Path) -> None:
    for place in range(_FOLDERS):
        day = folder / f"day={place:04}"
        day.mkdir(parents=True)
        for number in range(_FILES):
            records = (
                {"id": one, "name": f"user{one}", "price": one * 1.5, "is_new": True, "tags": ["a", "b"]}
                for one in range(_RECORDS)
            )
            (day / f"part-{number:03}.json").write_text("".join(f"{json.dumps(one)}\n" for one in records))
