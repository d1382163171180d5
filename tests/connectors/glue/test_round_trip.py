"""Any table, written in any format and layout, is found again: its columns, its partitions and every value."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq
import pytest
from amazon.ion import simpleion
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.connectors.glue.lake import Lake

NUMBERS = count()
KINDS = ("bigint", "int", "double", "string", "boolean", "date", "timestamp", "decimal(12,2)")
NESTED = ("array<bigint>", "struct<x:bigint,y:string>", "map<string,double>")
DELIMITERS = {"csv": ",", "csv without header": ",", "tsv": "\t", "psv": "|", "ssv": ";", "ctrl-a": "\x01"}
ZIPPED = {"none": "", "gzip": ".gz", "bz2": ".bz2", "zstd": ".zst", "lz4": ".lz4"}
INSIDE = {
    "parquet": ("none", "snappy", "gzip", "zstd"),
    "orc": ("uncompressed", "snappy", "zlib", "zstd"),
    "avro": ("null", "deflate", "snappy", "zstandard"),
}
"""Codecs inside of files, which say themselves how they are packed."""
KNOWN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(DELIMITERS, ("bigint", "double", "string", "boolean", "date", "timestamp")),
    "csv quoted": ("bigint", "double", "string", "boolean", "date", "timestamp"),
    **dict.fromkeys(
        ("json", "json documents", "json array"),
        ("bigint", "double", "string", "boolean", "array<bigint>", "struct<x:bigint,y:string>"),
    ),
    "ion": ("bigint", "double", "string", "boolean"),
    **dict.fromkeys(INSIDE, (*KINDS, *NESTED)),
}
"""Formats, and the types that they can tell from others."""
SIMPLE_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n,|;\t\0", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
)
ANY_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\0", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
)
MOMENTS = st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2200-01-01")).map(
    lambda one: one.replace(microsecond=one.microsecond // 1000 * 1000)
)
LONGS = st.integers(-(2**63), 2**63 - 1)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)


@dataclass(frozen=True)
class Written:
    """A table to write. ``folders``: for each, the values of its keys and its rows; an ``id`` orders them."""

    kinds: dict[str, str]
    keys: tuple[str, ...]
    folders: tuple[tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]], ...]
    format: str
    compression: str

    @property
    def names(self) -> list[str]:
        """What the columns are called in the end."""
        has_names = self.format != "csv without header"
        return [*self.kinds] if has_names else [f"col{place}" for place in range(len(self.kinds))]


def values(kind: str, format_: str) -> st.SearchStrategy[Any]:
    """Values of a kind, as far as the format can tell them from others."""
    texts = (SIMPLE_TEXT if format_ in DELIMITERS else ANY_TEXT).map(lambda text: f"v{text}")
    found: st.SearchStrategy[Any] = {
        "bigint": LONGS,
        "int": st.integers(-(2**31), 2**31 - 1),
        "double": DOUBLES,
        "string": texts,
        "boolean": st.booleans(),
        "date": st.dates(date(1900, 1, 1), date(2200, 1, 1)),
        "timestamp": MOMENTS,
        "decimal(12,2)": st.decimals(-10_000_000, 10_000_000, places=2),
        "array<bigint>": st.lists(LONGS, min_size=1, max_size=3),
        "struct<x:bigint,y:string>": st.tuples(LONGS, texts).map(lambda one: dict(zip("xy", one, strict=True))),
        "map<string,double>": st.dictionaries(texts, DOUBLES, max_size=2),
    }[kind]
    return found


def values_and_none(kind: str, format_: str) -> st.SearchStrategy[Any]:
    """With NULL, which a text in CSV cannot be."""
    found = values(kind, format_)
    is_csv = format_ in DELIMITERS or format_ == "csv quoted"
    return found if kind == "string" and is_csv else st.none() | found


@st.composite
def tables(draw: st.DrawFn, formats: tuple[str, ...] = (*KNOWN,)) -> Written:
    format_ = draw(st.sampled_from(formats))
    known = KNOWN[format_]
    kinds = {f"c{place}": draw(st.sampled_from(known)) for place in range(draw(st.integers(1, 4)))}
    keys = draw(st.sampled_from([(), ("k",), ("k", "j"), (None,), (None, "j")]))
    numbers = count()
    folders = []
    for place in range(draw(st.integers(1, 3)) if keys else 1):
        row = st.tuples(*(values_and_none(kind, format_) for kind in kinds.values()))
        # The last row has a value everywhere: what is never seen has no type.
        full = st.tuples(*(values(kind, format_) for kind in kinds.values()))
        # One line is no CSV.
        rows = [*draw(st.lists(row, min_size=int(format_ == "csv without header"), max_size=4)), draw(full)]
        path = tuple(f"{draw(st.text('abc %/=ö', min_size=1, max_size=3))}{place}" for _ in keys)
        folders.append((path, tuple((next(numbers), *one) for one in rows)))
    compression = draw(st.sampled_from(INSIDE.get(format_, (*ZIPPED,) if format_ != "ion" else ("none",))))
    return Written({"id": "bigint", **kinds}, keys, tuple(folders), format_, compression)


@pytest.fixture(scope="module")
def round_trips(whole_lake: Lake) -> Lake:
    whole_lake.glue.create_classifier(JsonClassifier={"Name": "elements", "JsonPath": "$[*]"})
    return whole_lake


@given(tables())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_is_found_as_it_was_written(round_trips: Lake, table: Written) -> None:
    check(round_trips, table)


@pytest.mark.parametrize("format_", KNOWN)
def test_every_format_is_found(round_trips: Lake, format_: str) -> None:
    """Each format in each of its compressions, with a key: nothing is left to chance."""
    for place, compression in enumerate(INSIDE.get(format_, (*ZIPPED,) if format_ != "ion" else ("none",))):
        kinds = {"id": "bigint", **{f"c{number}": kind for number, kind in enumerate(KNOWN[format_])}}
        rows = tuple((number, *(SAMPLES[kind][number % 2] for kind in KNOWN[format_])) for number in range(4))
        folders = (((f"a b{place}",), rows[:2]), ((f"c%{place}",), rows[2:]))
        table = Written(kinds, ("k",), folders, format_, compression)
        name = check(round_trips, table)
        # Nothing new changes nothing; the statements that a dry run tells make a table of the same rows.
        before = round_trips.table(name), round_trips.partitions(name)
        rows_before = round_trips.sql(f"SELECT * FROM db.{name} ORDER BY 1")
        round_trips.start(name)
        assert (round_trips.table(name), round_trips.partitions(name)) == before
        assert told(round_trips, name) == []
        round_trips.sql(f"DROP TABLE db.{name}")
        for statement in told(round_trips, name):
            round_trips.sql(statement)
        assert round_trips.sql(f"SELECT * FROM db.{name} ORDER BY 1") == rows_before


SAMPLES: dict[str, tuple[Any, Any]] = {
    "bigint": (2**40, -(2**63)),
    "int": (7, -(2**31)),
    "double": (0.1, -1e300),
    "string": ("vé", "v 1"),
    "boolean": (True, False),
    "date": (date(1969, 12, 31), date(2024, 2, 29)),
    "timestamp": (datetime.fromisoformat("1969-12-31 23:59:59.999"), datetime.fromisoformat("2024-02-29 01:02:03")),
    "decimal(12,2)": (Decimal("-0.01"), Decimal("9999999999.99")),
    "array<bigint>": ([2**40, 1], [-1]),
    "struct<x:bigint,y:string>": ({"x": 2**40, "y": "vé"}, {"x": 1, "y": "v"}),
    "map<string,double>": ({"v": 0.1}, {}),
}


def told(lake: Lake, name: str) -> list[str]:
    rows = lake.glue.start_crawler(Name=name, DryRun=True)["Differences"]
    return [row["Statement"] for row in rows]


def check(lake: Lake, table: Written) -> str:
    """Write, crawl and compare: columns, partitions and every value. The table's name."""
    name = f"t{next(NUMBERS)}"
    lake.put({f"{name}/{_path(table.keys, path)}f{_ending(table)}": _file(table, rows) for path, rows in table.folders})
    lake.create(f"{name}/", name=name, classifiers=["elements"] if table.format == "json array" else [])
    lake.start(name)
    found = lake.table(name)
    assert {one.name: one.type for one in found.storage.columns} == _types(table)
    assert [one.name for one in found.partition_keys] == _keys(table)
    assert set(lake.partitions(name)) == {"/".join(_values(table.keys, path)) for path, _ in table.folders if path}
    expected = sorted(
        (_row(table, path, row) for path, rows in table.folders for row in rows), key=lambda one: int(one[0])
    )
    columns = ", ".join(f'"{one}"' for one in (*table.names, *_keys(table)))
    assert lake.sql(f"SELECT {columns} FROM db.{name} ORDER BY CAST({table.names[0]} AS bigint)") == expected
    return name


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
    return f".{table.format.split()[0]}" + ("" if table.format in INSIDE else ZIPPED[table.compression])


def _types(table: Written) -> dict[str, str]:
    named = dict(zip(table.names, table.kinds.values(), strict=True))
    if table.format == "csv quoted":
        return dict.fromkeys(table.kinds, "string")
    if not table.format.startswith(("json", "ion")):
        return named
    seen = {name: [row[place] for _, rows in table.folders for row in rows] for place, name in enumerate(table.kinds)}
    return {name: _document_type(kind, seen[name]) for name, kind in table.kinds.items()}


def _document_type(kind: str, seen: list[Any]) -> str:
    """Whole numbers are as wide as they must be."""
    numbers = [each for value in seen if value is not None for each in _numbers(value)]
    is_small = all(-(2**31) <= number < 2**31 for number in numbers)
    return kind.replace("bigint", "int") if is_small else kind


def _numbers(value: Any) -> list[int]:
    match value:
        case bool() | str() | float():
            return []
        case dict():
            return [value["x"]]
        case list():
            return value
    return [value]


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
    if table.format in INSIDE or table.compression == "none":
        return data
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, table.compression) as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def _csv(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    delimiter = DELIMITERS[table.format]
    header = [] if table.format == "csv without header" else [delimiter.join(table.kinds)]
    lines = [*header, *(delimiter.join(map(_text, row)) for row in rows)]
    return "\n".join([*lines, ""]).encode()


def _quoted_csv(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    sink = io.StringIO()
    writer = csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(table.kinds)
    writer.writerows([_text(value) for value in row] for row in rows)
    return sink.getvalue().encode()


def _objects(table: Written, rows: tuple[tuple[Any, ...], ...]) -> list[dict[str, Any]]:
    return [dict(zip(table.kinds, map(_plain, row), strict=True)) for row in rows]


def _json(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    return "".join(f"{json.dumps(one)}\n" for one in _objects(table, rows)).encode()


def _documents(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    return "".join(json.dumps(one, indent=1, ensure_ascii=False) for one in _objects(table, rows)).encode()


def _array(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    return json.dumps(_objects(table, rows)).encode()


def _ion(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    data: bytes = simpleion.dumps(_objects(table, rows), binary=True, sequence_as_stream=True)
    return data


def _plain(value: Any) -> Any:
    return _text(value) if isinstance(value, date) else value


_ARROW = {
    "bigint": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ms"),
    "int": pa.int32(),
    "decimal(12,2)": pa.decimal128(12, 2),
    "array<bigint>": pa.list_(pa.int64()),
    "struct<x:bigint,y:string>": pa.struct({"x": pa.int64(), "y": pa.string()}),
    "map<string,double>": pa.map_(pa.string(), pa.float64()),
}


def _arrow(table: Written, rows: tuple[tuple[Any, ...], ...]) -> pa.Table:
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in table.kinds.items()])
    return pa.table(
        [pa.array(column, one.type) for column, one in zip(zip(*rows, strict=True), schema, strict=True)], schema
    )


def _parquet(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(_arrow(table, rows), sink, compression=table.compression)
    return sink.getvalue()


def _orc(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    sink = io.BytesIO()
    pyarrow.orc.write_table(_arrow(table, rows), sink, compression=table.compression)
    return sink.getvalue()


_AVRO = {
    "bigint": "long",
    "double": "double",
    "string": "string",
    "boolean": "boolean",
    "date": {"type": "int", "logicalType": "date"},
    "timestamp": {"type": "long", "logicalType": "local-timestamp-millis"},
    "int": "int",
    "decimal(12,2)": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2},
    "array<bigint>": {"type": "array", "items": "long"},
    "map<string,double>": {"type": "map", "values": "double"},
}


def _avro_type(name: str, kind: str) -> Any:
    if not kind.startswith("struct"):
        return _AVRO[kind]
    fields = [{"name": "x", "type": "long"}, {"name": "y", "type": "string"}]
    return {"type": "record", "name": f"r{name}", "fields": fields}


def _avro(table: Written, rows: tuple[tuple[Any, ...], ...]) -> bytes:
    sink = io.BytesIO()
    fields = [{"name": name, "type": ["null", _avro_type(name, kind)]} for name, kind in table.kinds.items()]
    records = [dict(zip(table.kinds, row, strict=True)) for row in rows]
    fastavro.writer(sink, {"type": "record", "name": "r", "fields": fields}, records, codec=table.compression)
    return sink.getvalue()


_FORMATS = {
    **dict.fromkeys(DELIMITERS, _csv),
    "csv quoted": _quoted_csv,
    "json": _json,
    "json documents": _documents,
    "json array": _array,
    "ion": _ion,
    "parquet": _parquet,
    "orc": _orc,
    "avro": _avro,
}
