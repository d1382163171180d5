"""Data that changes between two crawls, in every way of changing and under every policy.

What tables, partitions and rows there are afterwards was written down from the guide's rules
(https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html, incremental-crawls.html), cell by cell.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import owlake
from tests.connectors.glue.lake import Lake, described

INHERIT = {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}
MERGE = {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}
UPDATE, LOG = "UPDATE_IN_DATABASE", "LOG"
DELETED, DEPRECATED = "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"
EVERYTHING, NEW = "CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY"
POLICIES: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "update": (UPDATE, {}, EVERYTHING),
    "inherit": (UPDATE, INHERIT, EVERYTHING),
    "merge": (UPDATE, MERGE, EVERYTHING),
    "both": (UPDATE, INHERIT | MERGE, EVERYTHING),
    "log": (LOG, {}, EVERYTHING),
    "new": (UPDATE, {}, NEW),
}

Rows = Sequence[Mapping[str, Any]]


def json_file(rows: Rows) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def gzipped(rows: Rows) -> bytes:
    return gzip.compress(json_file(rows))


def parquet(rows: Rows, compression: str = "snappy") -> bytes:
    """Whole numbers are of 32 bits as long as they fit."""
    table = pa.Table.from_pylist(rows)
    small = [pa.types.is_int64(field.type) and max(row["a"] for row in rows) < 2**31 for field in table.schema]
    fields = [field.with_type(pa.int32()) if fits else field for field, fits in zip(table.schema, small, strict=True)]
    sink = io.BytesIO()
    pq.write_table(table.cast(pa.schema(fields)), sink, compression=compression)
    return sink.getvalue()


WRITERS: Mapping[str, Callable[[Rows], bytes]] = {"json": json_file, "parquet": parquet}
DAYS = (1, 2, 3)


def day(number: int, **changed: Any) -> Rows:
    return [{"a": number, "b": "x", "c": 1.5, **changed}]


EVOLUTIONS: Mapping[str, Mapping[str, Rows | None]] = {
    "a new column": {"day=4/f": day(4, d=True)},
    "a widened type": {"day=4/f": day(4, a=3_000_000_000)},
    "a contradicting type": {"day=4/f": day(4, a="four")},
    "a deleted partition": {"day=2/f": None},
    "a day of another compression": {"day=4/f.gz": day(4)},
    "another compression": {
        **{f"day={number}/f": None for number in DAYS},
        **{f"day={number}/f.gz": day(number) for number in DAYS},
    },
}


@dataclass(frozen=True)
class After:
    """What there is: tables, partitions of ``t`` with their types of ``a``, and days with ``a``. ``!``: deprecated."""

    tables: str
    partitions: str
    rows: str


T = "t(a int, b string, c double) [day]"
T_D = "t(a int, b string, c double, d boolean) [day]"
T_BIGINT = "t(a bigint, b string, c double) [day]"
T_TEXT = "t(a string, b string, c double) [day]"
EACH = " ".join(f"day_{number}(a int, b string, c double)" for number in (1, 2, 3, 4))
INTS = "1:int 2:int 3:int"
THREE, FOUR = "1:1 2:2 3:3", "1:1 2:2 3:3 4:4"
UNCHANGED = After(T, INTS, THREE)
MISMATCH = "HIVE_PARTITION_SCHEMA_MISMATCH"
BAD = "HIVE_BAD_DATA"


def added(table: str, partitions: str, rows: str) -> Mapping[str, After]:
    """The same under all policies that change tables."""
    return dict.fromkeys(("update", "inherit"), After(table, partitions, rows))


CELLS: Mapping[tuple[str, str, str], Mapping[str, After]] = {
    # A new column comes into the table, unless it is to stay as it is; its day is a partition under every policy.
    ("json", "a new column", DEPRECATED): {
        **dict.fromkeys(POLICIES, After(T_D, f"{INTS} 4:int", FOUR)),
        **dict.fromkeys(("log", "new"), After(T, f"{INTS} 4:int", FOUR)),
    },
    ("parquet", "a new column", DEPRECATED): {
        **dict.fromkeys(POLICIES, After(T_D, f"{INTS} 4:int", FOUR)),
        **dict.fromkeys(("log", "new"), After(T, f"{INTS} 4:int", FOUR)),
    },
    # A table whose columns stay cannot read what does not fit; new folders that are unlike it stay out.
    ("json", "a widened type", DEPRECATED): {
        **added(T_BIGINT, "1:bigint 2:bigint 3:bigint 4:bigint", "1:1 2:2 3:3 4:3000000000"),
        **dict.fromkeys(("merge", "both", "log"), After(T, f"{INTS} 4:int", BAD)),
        "new": UNCHANGED,
    },
    # Partitions of Parquet have the types of their files, and a table may be wider; not narrower.
    ("parquet", "a widened type", DEPRECATED): {
        "update": After(T_BIGINT, f"{INTS} 4:bigint", "1:1 2:2 3:3 4:3000000000"),
        "inherit": After(T_BIGINT, "1:bigint 2:bigint 3:bigint 4:bigint", "1:1 2:2 3:3 4:3000000000"),
        "merge": After(T, f"{INTS} 4:bigint", MISMATCH),
        "both": After(T, f"{INTS} 4:int", BAD),
        "log": After(T, f"{INTS} 4:bigint", MISMATCH),
        "new": UNCHANGED,
    },
    ("json", "a contradicting type", DEPRECATED): {
        **added(T_TEXT, "1:string 2:string 3:string 4:string", "1:1 2:2 3:3 4:four"),
        **dict.fromkeys(("merge", "both", "log"), After(T, f"{INTS} 4:int", BAD)),
        "new": UNCHANGED,
    },
    # The origin of HIVE_PARTITION_SCHEMA_MISMATCH; where partitions inherit, it is the files that do not fit.
    ("parquet", "a contradicting type", DEPRECATED): {
        "update": After(T_TEXT, f"{INTS} 4:string", MISMATCH),
        "inherit": After(T_TEXT, "1:string 2:string 3:string 4:string", BAD),
        "merge": After(T, f"{INTS} 4:string", BAD),
        "both": After(T, f"{INTS} 4:int", BAD),
        "log": After(T, f"{INTS} 4:string", BAD),
        "new": UNCHANGED,
    },
    # What is gone is the other behavior's matter, whatever becomes of columns. New folders only: nothing is gone.
    **{
        (format_, "a deleted partition", delete): {
            **dict.fromkeys(POLICIES, After(T, partitions, "1:1 3:3")),
            "new": After(T, INTS, "1:1 3:3"),
        }
        for format_ in WRITERS
        for delete, partitions in ((DELETED, "1:int 3:int"), (DEPRECATED, "1:int 2:int! 3:int"), (LOG, INTS))
    },
    # Compressions must agree: the table is taken apart, and what becomes of it is the other behavior's matter.
    **{
        ("json", "a day of another compression", delete): {
            **dict.fromkeys(POLICIES, After(f"{EACH}{table}", partitions, rows)),
            # Where columns are only to be merged, it is deprecated: its files are there.
            **dict.fromkeys(("merge", "both"), After(f"{EACH} {T}!", INTS, THREE)),
            "new": UNCHANGED,
        }
        for delete, table, partitions, rows in (
            (DELETED, "", "", ""),
            (DEPRECATED, f" {T}!", INTS, THREE),
            (LOG, f" {T}", INTS, THREE),
        )
    },
    **{
        ("json", "another compression", delete): {
            **dict.fromkeys(POLICIES, UNCHANGED),
            **dict.fromkeys(("merge", "both"), After(f"{T}!", INTS, THREE)),
        }
        for delete in (DELETED, DEPRECATED, LOG)
    },
}


@pytest.mark.parametrize(("format_", "evolution", "delete"), CELLS)
def test_what_becomes_of_tables(lake: Lake, format_: str, evolution: str, delete: str) -> None:
    write = WRITERS[format_]
    lake.put({f"t/day={number}/f": write(day(number)) for number in DAYS})
    for name, (update, output, recrawl) in POLICIES.items():
        lake.create(
            "t/",
            name=name,
            database_name=database(name),
            schema_change_policy={"UpdateBehavior": update, "DeleteBehavior": delete},
            recrawl_policy={"RecrawlBehavior": recrawl},
            configuration=json.dumps({"Version": 1.0, "CrawlerOutput": output}),
        )
        lake.start(name)
    assert after(lake, "update") == UNCHANGED
    for place, rows in EVOLUTIONS[evolution].items():
        if rows is None:
            lake.delete(f"t/{place}")
        else:
            lake.put({f"t/{place}": (gzipped if place.endswith(".gz") else write)(rows)})
    found = {}
    for name in POLICIES:
        lake.start(name)
        assert lake.glue.get_crawler(Name=name)["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"
        found[name] = after(lake, name)
    assert found == CELLS[format_, evolution, delete]


def test_every_change_of_the_data_has_its_cells() -> None:
    """Other compressions, inside of files that carry their schema, are none that tables know of."""
    assert {(format_, evolution) for format_, evolution, _ in CELLS} == {
        (format_, evolution)
        for format_ in WRITERS
        for evolution in EVOLUTIONS
        if format_ == "json" or not evolution.endswith("compression")
    }
    assert all(set(one) == set(POLICIES) for one in CELLS.values())


def test_another_compression_inside_of_parquet_changes_nothing(lake: Lake) -> None:
    lake.put({f"t/day={number}/f": parquet(day(number)) for number in DAYS})
    lake.crawl("t/")
    lake.put({"t/day=4/f": parquet(day(4), "zstd")})
    lake.start()
    assert lake.tables() == [T]
    assert list(lake.partitions("t")) == ["1", "2", "3", "4"]
    assert lake.log("message LIKE '%compression%'") == []


def database(policy: str) -> str:
    return "db" if policy == "update" else f"db_{policy}"


def after(lake: Lake, policy: str) -> After:
    name = database(policy)
    with lake.home.metastore.read() as catalog:
        tables = list(catalog.list_tables([name]))
        has_days = any(one.name == "t" for one in tables)
        partitions = list(catalog.list_partitions(name, "t")) if has_days else []
    return After(
        " ".join(described(one) + mark(one.parameters) for one in tables),
        " ".join(f"{one.values[0]}:{one.storage.columns[0].type}{mark(one.parameters)}" for one in partitions),
        answer(lake, name) if has_days else "",
    )


def mark(parameters: Mapping[str, str]) -> str:
    return "!" if "DEPRECATED_BY_CRAWLER" in parameters else ""


def answer(lake: Lake, name: str) -> str:
    try:
        return " ".join(f"{number}:{a}" for number, a in lake.sql(f"SELECT day, a FROM {name}.t ORDER BY day"))
    except owlake.Error as problem:
        return str(problem).partition(":")[0]
