"""Any table, written in any format and layout, is found again: its columns, its partitions and every value."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.dbapi import Connection
from tests.connectors.glue.lake import Lake

NUMBERS = count()
KINDS = ("bigint", "double", "string", "boolean", "date", "timestamp")
SIMPLE_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n,\0", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
)
ANY_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\0", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
)
MOMENTS = st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2200-01-01")).map(
    lambda one: one.replace(microsecond=one.microsecond // 1000 * 1000)
)


@dataclass(frozen=True)
class Written:
    """A table to write. ``folders``: for each, the values of its keys and its rows; an ``id`` orders them."""

    kinds: dict[str, str]
    keys: tuple[str, ...]
    folders: tuple[tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]], ...]
    format: str
    is_zipped: bool


def values(kind: str, format_: str) -> st.SearchStrategy[Any]:
    """Values of a kind, as far as the format can tell them from others."""
    texts = (ANY_TEXT if format_ != "csv" else SIMPLE_TEXT).map(lambda text: f"v{text}")
    found: st.SearchStrategy[Any] = {
        "bigint": st.integers(-(2**63), 2**63 - 1),
        "double": st.floats(allow_nan=False, allow_infinity=False),
        "string": texts,
        "boolean": st.booleans(),
        "date": st.dates(date(1900, 1, 1), date(2200, 1, 1)),
        "timestamp": MOMENTS,
    }[kind]
    return found


def values_and_none(kind: str, format_: str) -> st.SearchStrategy[Any]:
    """With NULL, which a text in CSV cannot be."""
    found = values(kind, format_)
    return found if kind == "string" and format_.startswith("csv") else st.none() | found


@st.composite
def tables(draw: st.DrawFn) -> Written:
    format_ = draw(st.sampled_from(["csv", "csv quoted", "json", "parquet", "orc", "avro"]))
    kinds = {f"c{place}": draw(st.sampled_from(KINDS)) for place in range(draw(st.integers(1, 4)))}
    if format_ == "json":
        kinds = {name: "string" if kind in ("date", "timestamp") else kind for name, kind in kinds.items()}
    keys = draw(st.sampled_from([(), ("k",), ("k", "j"), (None,), (None, "j")]))
    numbers = count()
    folders = []
    for place in range(draw(st.integers(1, 3)) if keys else 1):
        row = st.tuples(*(values_and_none(kind, format_) for kind in kinds.values()))
        # The last row has a value everywhere: what is never seen has no type.
        full = st.tuples(*(values(kind, format_) for kind in kinds.values()))
        rows = [*draw(st.lists(row, max_size=4)), draw(full)]
        path = tuple(f"{draw(st.text('abc %/=ö', min_size=1, max_size=3))}{place}" for _ in keys)
        folders.append((path, tuple((next(numbers), *one) for one in rows)))
    is_zipped = format_ in ("csv", "csv quoted", "json") and draw(st.booleans())
    return Written({"id": "bigint", **kinds}, keys, tuple(folders), format_, is_zipped)


@given(tables())
@settings(max_examples=20)
def test_a_table_is_found_as_it_was_written(connection: Connection, table: Written) -> None:
    lake = Lake(connection)
    name = f"t{next(NUMBERS)}"
    lake.put({f"{name}/{_path(table.keys, path)}f{_ending(table)}": _file(table, rows) for path, rows in table.folders})
    lake.create(f"{name}/", name=name)
    lake.start(name)
    found = lake.table(name)
    assert {one.name: one.type for one in found.storage.columns} == _types(table)
    assert [one.name for one in found.partition_keys] == _keys(table)
    assert set(lake.partitions(name)) == {"/".join(_values(table.keys, path)) for path, _ in table.folders if path}
    expected = sorted(
        (_row(table, path, row) for path, rows in table.folders for row in rows), key=lambda one: int(one[0])
    )
    columns = ", ".join(f'"{one}"' for one in (*table.kinds, *_keys(table)))
    assert lake.sql(f"SELECT {columns} FROM db.{name} ORDER BY CAST(id AS bigint)") == expected


def _folders(keys: tuple[str | None, ...], path: tuple[str, ...]) -> list[tuple[str | None, str]]:
    """The folders' keys, and values as folders' names have them."""
    escaped = (one.replace("%", "%25").replace("/", "%2F").replace("=", "%3D") for one in path)
    return list(zip(keys, escaped, strict=True))


def _path(keys: tuple[str | None, ...], path: tuple[str, ...]) -> str:
    return "".join(f"{one}/" if key is None else f"{key}={one}/" for key, one in _folders(keys, path))


def _values(keys: tuple[str | None, ...], path: tuple[str, ...]) -> list[str]:
    """What partitions have: the value of ``key=value`` without its escapes, any other name as it stands."""
    folders = zip(_folders(keys, path), path, strict=True)
    return [escaped if key is None else plain for (key, escaped), plain in folders]


def _ending(table: Written) -> str:
    return f".{table.format.split()[0]}" + (".gz" if table.is_zipped else "")


def _types(table: Written) -> dict[str, str]:
    if table.format == "csv quoted":
        return dict.fromkeys(table.kinds, "string")
    if table.format != "json":
        return table.kinds
    seen = {name: [row[place] for _, rows in table.folders for row in rows] for place, name in enumerate(table.kinds)}
    return {name: _json_type(kind, seen[name]) for name, kind in table.kinds.items()}


def _json_type(kind: str, seen: list[Any]) -> str:
    is_small = all(value is None or -(2**31) <= value < 2**31 for value in seen) if kind == "bigint" else False
    return "int" if is_small else kind


def _keys(table: Written) -> list[str]:
    return [f"partition_{place}" if key is None else key for place, key in enumerate(table.keys)]


def _row(table: Written, path: tuple[str, ...], row: tuple[Any, ...]) -> tuple[Any, ...]:
    found = map(_text, row) if table.format == "csv quoted" else row
    return (*found, *_values(table.keys, path))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat(" ", "milliseconds")
    return str(value)


def _file(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    data = _FORMATS[table.format](table, rows)
    return gzip.compress(data) if table.is_zipped else data


def _csv(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    lines = [",".join(table.kinds), *(",".join(map(_text, row)) for row in rows)]
    return "\n".join([*lines, ""]).encode()


def _quoted_csv(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    sink = io.StringIO()
    writer = csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(table.kinds)
    writer.writerows([_text(value) for value in row] for row in rows)
    return sink.getvalue().encode()


def _json(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    return "".join(json.dumps(dict(zip(table.kinds, map(_plain, row), strict=True))) + "\n" for row in rows).encode()


def _plain(value: Any) -> Any:
    return _text(value) if isinstance(value, date) else value


_ARROW = {
    "bigint": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ms"),
}


def _arrow(table: Written, rows: tuple[tuple[Any, ...], ...]) -> pa.Table:
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in table.kinds.items()])
    return pa.table(
        [pa.array(column, one.type) for column, one in zip(zip(*rows, strict=True), schema, strict=True)], schema
    )


def _parquet(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(_arrow(table, rows), sink)
    return sink.getvalue()


def _orc(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    sink = io.BytesIO()
    pyarrow.orc.write_table(_arrow(table, rows), sink)
    return sink.getvalue()


_AVRO = {
    "bigint": "long",
    "double": "double",
    "string": "string",
    "boolean": "boolean",
    "date": {"type": "int", "logicalType": "date"},
    "timestamp": {"type": "long", "logicalType": "local-timestamp-millis"},
}


def _avro(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    sink = io.BytesIO()
    fields = [{"name": name, "type": ["null", _AVRO[kind]]} for name, kind in table.kinds.items()]
    records = [dict(zip(table.kinds, row, strict=True)) for row in rows]
    fastavro.writer(sink, {"type": "record", "name": "r", "fields": fields}, records)
    return sink.getvalue()


_FORMATS = {"csv": _csv, "csv quoted": _quoted_csv, "json": _json, "parquet": _parquet, "orc": _orc, "avro": _avro}
