"""One day out of ten years of hours: partitions that are computed, not listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from owlake.home import Home
from owlake.session import Session
from tests.benchmarks.measuring import Line, Setting, best_of

_PLANNED = 50.0
_HOURS = 24

_TABLE = """
CREATE EXTERNAL TABLE hourly (n bigint) PARTITIONED BY (hour string) STORED AS PARQUET LOCATION 's3://lake/hourly/'
TBLPROPERTIES (
    'projection.enabled' = 'true', 'projection.hour.type' = 'date', 'projection.hour.format' = 'yyyy-MM-dd-HH',
    'projection.hour.range' = '2014-01-01-00,2023-12-31-23', 'projection.hour.interval' = '1',
    'projection.hour.interval.unit' = 'HOURS', 'storage.location.template' = 's3://lake/hourly/${hour}/'
)
"""
_DAY = "SELECT count(*) FROM hourly WHERE hour BETWEEN '2020-02-29-00' AND '2020-02-29-23'"


def run(setting: Setting) -> Iterator[Line]:
    """What planning takes, and how many locations are listed for it."""
    with Home.open(setting.scratch / "home") as home, Session(home) as session:
        _lay_out(home.path / "buckets" / "lake" / "hourly")
        session.execute(_TABLE)
        listed: list[str] = []
        for name in ("list_files", "list_folders", "has_files"):
            setattr(home.storage, name, _recording(getattr(home.storage, name), listed))
        planned: list[float] = []

        def ask() -> None:
            # Another text every time: the same one would not be planned again.
            result = session.execute(f"{_DAY} -- {len(planned)}")
            rows = [batch.to_pylist() for batch in result]
            assert rows == [[{"_col0": _HOURS * 10}]], rows
            planned.append(result.execution.planning_time)

        ask()
        yield Line("locations listed for a day", len(listed), "", _HOURS, "of 87,600 partitions")
        best_of(setting, ask)
        yield Line("planning a day", min(planned) * 1000, "ms", _PLANNED, f"first time {planned[0] * 1000:.1f} ms")


def _recording(method: Any, listed: list[str]) -> Any:
    def record(uri: str, *rest: Any, **named: Any) -> Any:
        listed.append(uri)
        return method(uri, *rest, **named)

    return record


def _lay_out(folder: Path, hours: Sequence[int] = range(-48, 72)) -> None:
    """Five days of files around the day."""
    for hour in hours:
        moment = datetime(2020, 2, 29) + timedelta(hours=hour)  # noqa: DTZ001  (a label, no instant)
        place = folder / f"{moment:%Y-%m-%d-%H}"
        place.mkdir(parents=True)
        pq.write_table(pa.table({"n": list(range(10))}), place / "part.parquet")
