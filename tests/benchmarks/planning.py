"""From a long query's text to a plan that DataFusion can take over: the first time, and when it comes again.

The queries are those of a folder that ``--queries`` names, over the Parquet tables of ``--tables``; the longest ten are
measured, and the limit is for the hundred lines that the middle one of them has.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import owlake
from owlake.dbapi import Connection
from owlake.dialect.parser import parse
from owlake.home import Home
from tests.benchmarks.measuring import Line, Setting, best_of
from tests.parquet_lake import create_tables, table_files

_PLANNED = 25.0
_LONGEST = 10


def run(setting: Setting) -> Iterator[Line]:
    """A line a query."""
    if setting.queries is None or setting.tables is None:
        yield Line("not measured", 0, "", detail="give --queries and --tables")
        return
    with Home.open(setting.scratch / "home") as home:
        create_tables(home, table_files(setting.tables))
    texts = {path.stem: path.read_text(encoding="utf-8") for path in setting.queries.glob("*.sql")}
    longest = sorted(texts.items(), key=lambda item: -item[1].count("\n"))[:_LONGEST]
    with owlake.connect(setting.scratch / "home") as connection:
        found = []
        for name, text in longest:
            first, again = _planned(connection, setting, text)
            found.append(first)
            yield Line(name, first, "ms", detail=f"{text.count(chr(10))} lines; when it comes again {again:.1f} ms")
    yield Line("the middle one", median(found), "ms", _PLANNED)


def _planned(connection: Connection, setting: Setting, text: str) -> tuple[float, float]:
    """Milliseconds of reading and planning a text that was not seen before, and one that was."""
    (parsed,) = best_of(setting, lambda: parse(text, strict=False))
    unseen = [f"{text.rstrip().rstrip(';')}\n-- {number}" for number in range(setting.rounds)]
    fresh = [_planning_time(connection, one) for one in unseen]
    again = [_planning_time(connection, text) for _ in range(setting.rounds + 1)]
    return (parsed + min(fresh)) * 1000, (parsed + min(again[1:])) * 1000


def _planning_time(connection: Connection, text: str) -> float:
    result = connection.session.execute(text)
    for _ in result:
        pass
    return result.execution.planning_time
