"""Iceberg tables beside pyiceberg's own planning and a scan of the same files without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import StaticTable, Table
from pyiceberg.transforms import IdentityTransform

from owlake.home import Home
from owlake.lake.iceberg.contents import data_files
from owlake.lake.iceberg.filters import row_filter
from owlake.lake.iceberg.plan import find_files
from owlake.lake.iceberg.remembered import ENTRIES
from owlake.lake.iceberg.table import load
from owlake.lake.model import Constraint, Domain, Range
from owlake.lake.open_tables.scans import TableScans
from owlake.lake.open_tables.schemas import FILE_SCHEMAS
from owlake.session import Session
from tests.benchmarks.measuring import Line, Setting, best_of, milliseconds
from tests.lake.iceberg.handmade import HandMade, data_file, equality_deletes, position_deletes

_FILES = 1000
_ROWS = 4_000_000
_PARTS = 8
_QUERY = "SELECT count(*), sum(n), max(s), sum(v) FROM {}"


def run(setting: Setting) -> Iterator[Line]:
    """Planning, then scanning."""
    with _lake(setting.scratch / "plan") as (home, _, catalog):
        yield from _planning(setting, home, _many_files(catalog))
    with _lake(setting.scratch / "scan") as (home, session, catalog):
        yield from _scanning(setting, home, session, catalog)


@contextmanager
def _lake(folder: Path) -> Iterator[tuple[Home, Session, SqlCatalog]]:
    with Home.open(folder) as home, Session(home) as session:
        home.storage.create_bucket("lake")
        catalog = SqlCatalog("b", uri=f"sqlite:///{folder}/pyiceberg.db", warehouse=f"file://{home.path}/buckets/lake")
        catalog.create_namespace("n")
        yield home, session, catalog
        catalog.close()


def _many_files(catalog: SqlCatalog) -> Table:
    rows = pa.table(
        {
            "n": pa.array(range(1000), pa.int64()),
            "p": pa.array([number % 100 for number in range(1000)], pa.int32()),
            "s": [str(number) for number in range(1000)],
            "v": pa.array([float(number) for number in range(1000)]),
        }
    )
    table = catalog.create_table("n.many", rows.schema)
    with table.update_spec() as change:
        change.add_field("p", IdentityTransform(), "p")
    for _ in range(_FILES // 100):
        table.append(rows)
    return table


def _planning(setting: Setting, home: Home, table: Table) -> Iterator[Line]:
    theirs = StaticTable.from_metadata(table.metadata_location)
    everything: Constraint = {}
    some: Constraint = {"n": Domain(ranges=(Range(low=5),))}
    for name, constraint, row in (("all", everything, None), ("condition", some, "n >= 5")):

        def ours(of: Constraint = constraint) -> Any:
            loaded = load(home.storage, "n.many", table.metadata_location)
            found = find_files(loaded, row_filter(of, loaded.schema), parallel=False)
            assert len(found.data) == _FILES
            return data_files(loaded, home.storage, found)

        def first(plan: Callable[[], Any] = ours) -> None:
            ENTRIES.forget()
            plan()

        def with_schemas(plan: Callable[[], Any] = ours) -> None:
            TableScans(home.storage).schemas([one.table_file for one in plan()])

        def pyiceberg(of: str | None = row) -> None:
            scan = theirs.scan() if of is None else theirs.scan(row_filter=of)
            assert len(list(scan.plan_files())) == _FILES

        for kind, side, limit in (("first", first, 1.2), ("again", with_schemas, 1.2)):
            line = f"iceberg/plan/{name}/{kind}"
            if setting.wants(line):
                mine, base = best_of(setting, side, pyiceberg)
                yield Line(line, mine / base, "x", limit, f"{milliseconds(mine)} against {milliseconds(base)}")
    if setting.wants("iceberg/schemas"):
        files = [one.table_file for one in ours()]

        def read() -> None:
            FILE_SCHEMAS["parquet"].forget()
            TableScans(home.storage).schemas(files)

        (seconds,) = best_of(setting, read)
        yield Line("iceberg/schemas", seconds * 1000, "ms", None, f"the footers of {_FILES:,} files, once a process")


def _scanning(setting: Setting, home: Home, session: Session, catalog: SqlCatalog) -> Iterator[Line]:
    rows = pa.table(
        {
            "n": pa.array(range(_ROWS), pa.int64()),
            "s": pc.cast(pa.array(pc.random(_ROWS).to_numpy() * 5000).cast(pa.int32(), safe=False), pa.string()),
            "v": pc.random(_ROWS),
        }
    )
    tables = {name: HandMade(catalog.create_table(f"n.{name}", rows.schema)) for name in ("whole", "rows", "keys")}
    size = _ROWS // _PARTS
    for name, made in tables.items():
        files = [data_file(made, rows.slice(start, size), (1, 2, 3)) for start in range(0, _ROWS, size)]
        made.commit(files)
        if name == "rows":
            gone = [(files[0].uri, row) for row in range(0, size, 20)]
            made.commit([position_deletes(made, gone)])
        if name == "keys":
            made.commit([equality_deletes(made, rows.select(["n"]).take(list(range(0, size, 20))), (1,))])
        made.register(_Registered(session), name)
    folder = tables["whole"].folder / "data"
    place = f"s3://lake/{folder.relative_to(home.path / 'buckets' / 'lake')}/"
    session.execute(f"CREATE EXTERNAL TABLE hive (n bigint, s string, v double) STORED AS PARQUET LOCATION '{place}'")
    for name, limit in (("whole", 1.1), ("rows", None), ("keys", None)):
        line = f"iceberg/scan/{name}"
        if setting.wants(line):
            mine, base = best_of(setting, _asked(session, name), _asked(session, "hive"))
            detail = f"{milliseconds(mine)} against {milliseconds(base)} for {_ROWS:,} rows in {_PARTS} files"
            yield Line(line, mine / base, "x", limit, detail)


class _Registered:
    """What ``HandMade.register`` asks for."""

    def __init__(self, session: Session) -> None:
        self.session = session


def _asked(session: Session, table: str) -> Callable[[], None]:
    return lambda: session.execute(_QUERY.format(table)).table()
