"""Every function that is computed in Python, beside a native one that does the same work on the same values.

Functions over whole arrays may take five times what their yardstick takes; those that go value by value, and those that
nothing native is comparable to, must manage a million values a second; what is GEOS's work may take twice what GEOS
takes (see ``geos``). What the arguments themselves cost, where they
are calls, is taken off. A function that is missing from ``CALLS`` and cannot be called with the columns of its argument
types is a line that misses its limit; so is one without a yardstick.
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from datafusion import SessionConfig, SessionContext

import owlake
from owlake.dbapi import Connection
from owlake.functions.registry import REGISTRY, Execution, Function, Kind
from owlake.functions.signature import Pattern
from tests.benchmarks import geos
from tests.benchmarks.calls import CALLS, COLUMNS
from tests.benchmarks.geos import Shapes
from tests.benchmarks.measuring import Line, Setting, best_of, milliseconds
from tests.benchmarks.yardsticks import Yardstick, yardstick

ROWS = 1_000_000
_RATIO = 5.0
_VALUES = 1e6
_LEAST = 0.002
"""Seconds below which a difference of two measurements says nothing."""

_WORDS = ("running", "flies", "happily", "argument", "national", "feed", "plastered", "motoring", "Tymczak", "Pfister")

_TABLE = """
CREATE EXTERNAL TABLE numbers (
    i bigint, n int, x double, u double, s string, w string, url string, j string, list string, pairs string,
    digits string, hex string, hex8 string, base32 string, base64 string, base64url string, day string, moment string,
    iso string, duration string, size string, b binary, b4 binary, b8 binary, d date, t timestamp,
    a array<bigint>, c array<bigint>, v array<double>, m map<string,bigint>, weights map<string,double>,
    point binary, line binary, polygon binary, hadoop binary, wkt string, line_text string, geojson string, kml string,
    polyline string
) STORED AS PARQUET LOCATION 's3://tables/numbers/'
"""


def run(setting: Setting) -> Iterator[Line]:
    """A line for each declared signature that is computed in Python; those that are called alike share one."""
    file = setting.cache / f"functions-{ROWS}-2.parquet"
    if not file.exists():
        pq.write_table(pa.table({**_values(), **_shapes()}), file)
    folder = setting.scratch / "home" / "buckets" / "tables" / "numbers"
    folder.mkdir(parents=True)
    (folder / file.name).symlink_to(file)
    with owlake.connect(setting.scratch / "home") as connection:
        connection.execute(_TABLE)
        sides = _Sides(connection, _plain(file), Shapes(pq.read_table(file)), setting)
        calls: set[str] = set()
        lines = []
        for function in _functions():
            name = str(function.signature).partition(" ->")[0]
            call, given = _call(function, name)
            if call in calls or not setting.wants(name):
                continue
            calls.add(call)
            lines.append(sides.line(function, name, call, given))
            yield lines[-1]
    yield Line("functions beyond their limit", sum(not line.met for line in lines), "", 0, f"of {len(lines)}")


def _plain(file: Path) -> SessionContext:
    """DataFusion by itself, with Spark's functions, over the same file."""
    plain = SessionContext(SessionConfig().set("datafusion.sql_parser.dialect", "duckdb"))
    plain.enable_spark_functions()
    plain.register_parquet("numbers", str(file))
    return plain


def _values() -> dict[str, pa.Array]:
    """Nearly every value is another one, so that nothing is gained by remembering."""
    random = np.random.default_rng(7)
    numbers = random.integers(1, 1_000_000_000, ROWS)
    words = pa.array([f"{_WORDS[number % len(_WORDS)]} {number:x}é" for number in numbers])
    data = words.cast(pa.binary())
    moments = pa.array(numbers * 1_000_000 % (1 << 50), pa.int64()).cast(pa.timestamp("us"))
    seconds = moments.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    days = pa.array(numbers % 20_000, pa.int32()).cast(pa.date32())
    lists = pa.array(np.arange(0, 4 * ROWS + 1, 4), pa.int32())
    elements, others = (pa.array(random.integers(0, 100, 4 * ROWS)) for _ in range(2))
    keys = pa.array(np.resize(np.array(["k1", "k2", "k3", "k4"]), 4 * ROWS))
    return {
        "i": pa.array(numbers),
        "n": pa.array(numbers % 10_000, pa.int32()),
        "x": pa.array(random.normal(size=ROWS) * 1000),
        "u": pa.array(random.random(ROWS) * 0.98 + 0.01),
        "s": words,
        "w": pa.array([_WORDS[number % len(_WORDS)] for number in numbers]),
        "url": pa.array([f"https://example.com:8080/p/{number}?k={number:x}&l=m#f" for number in numbers]),
        "j": pa.array([f'{{"a": [{number}, 5], "b": "x{number}"}}' for number in numbers]),
        "list": pa.array([f"[{number}, 5]" for number in numbers]),
        "pairs": pa.array([f"a={number},b=2" for number in numbers]),
        "digits": pa.array(numbers).cast(pa.string()),
        "hex": pa.array([value.hex() for value in data.to_pylist()]),
        "hex8": pa.array([f"{number:08x}" for number in numbers]),
        "base32": pa.array([base64.b32encode(value).decode() for value in data.to_pylist()]),
        "base64": pa.array([base64.b64encode(value).decode() for value in data.to_pylist()]),
        "base64url": pa.array([base64.urlsafe_b64encode(value).decode() for value in data.to_pylist()]),
        "day": days.cast(pa.string()),
        "moment": seconds,
        "iso": pa.array([text.replace(" ", "T") for text in seconds.to_pylist()]),
        "duration": pa.array([f"{number % 10_000}m" for number in numbers]),
        "size": pa.array([f"{number % 10_000}kB" for number in numbers]),
        "b": data,
        "b4": pa.array([int(number).to_bytes(4, "big") for number in numbers]),
        "b8": pa.array([int(number).to_bytes(8, "big") for number in numbers]),
        "d": days,
        "t": moments,
        "a": pa.ListArray.from_arrays(lists, elements),
        "c": pa.ListArray.from_arrays(lists, others),
        "v": pa.ListArray.from_arrays(lists, elements.cast(pa.float64())),
        "m": pa.MapArray.from_arrays(lists, keys, elements),
        "weights": pa.MapArray.from_arrays(lists, keys, elements.cast(pa.float64())),
    }


def _shapes() -> dict[str, pa.Array]:
    random = np.random.default_rng(8)
    x, y = random.random(ROWS) * 10, random.random(ROWS) * 10
    boxes = shapely.box(x, y, x + 1, y + 1)
    lines = shapely.linestrings(np.stack([np.stack([x, y], 1), np.stack([x + 1, y + 2], 1)], 1))
    coordinates = [f"{a:.4f},{b:.4f}" for a, b in zip(x, y, strict=True)]
    return {
        "point": pa.array(shapely.to_wkb(shapely.points(x, y))),
        "line": pa.array(shapely.to_wkb(lines)),
        "polygon": pa.array(shapely.to_wkb(boxes)),
        "hadoop": pa.array(_hadoop_shapes(boxes)),
        "wkt": pa.array(shapely.to_wkt(boxes)),
        "line_text": pa.array(shapely.to_wkt(lines)),
        "geojson": pa.array([f'{{"type":"Point","coordinates":[{one}]}}' for one in coordinates]),
        "kml": pa.array([f"<Point><coordinates>{one}</coordinates></Point>" for one in coordinates]),
        "polyline": pa.array(["_p~iF~ps|U_ulLnnqC_mqNvxq`@"] * ROWS),
    }


def _hadoop_shapes(polygons: npt.NDArray[np.object_]) -> list[bytes]:
    """As the Spatial Framework for Hadoop stores polygons of one ring and five points."""
    bounds, points = shapely.bounds(polygons), shapely.get_coordinates(polygons).reshape(len(polygons), -1)
    stored = struct.Struct("<IBi4d3i10d")
    rows = zip(bounds.tolist(), points.tolist(), strict=True)
    return [stored.pack(0, 3, 5, *bound, 1, 5, 0, *places) for bound, places in rows]


def _functions() -> list[Function]:
    functions = [one for one in REGISTRY.functions() if one.kind is Kind.SCALAR]
    return [one for one in functions if one.execution is not Execution.NATIVE and not _is_over_sketches(one)]


def _is_over_sketches(function: Function) -> bool:
    """Whether the function takes sketches: there are few of those, one a group."""
    return any(_base(pattern) in _SKETCHES for pattern in function.signature.arguments)


_SKETCHES = frozenset(("HyperLogLog", "P4HyperLogLog", "SetDigest", "qdigest", "tdigest"))


@dataclass(frozen=True, slots=True)
class _Sides:
    connection: Connection
    plain: SessionContext
    shapes: Shapes
    setting: Setting

    def line(self, function: Function, name: str, call: str, given: list[str]) -> Line:
        """The function beside its yardstick, in turns."""
        bare = geos.loop(function.name, name) if function.family == "geospatial" else None
        return self._beside_native(function, name, call, given) if bare is None else self._bare(name, call, given, bare)

    def _bare(self, name: str, call: str, given: list[str], bare: geos.Loop) -> Line:
        """The function beside GEOS itself."""
        ours, arguments, alone = best_of(
            self.setting,
            lambda: self._ours([call]),
            lambda: self._ours(given or ["i"]),
            lambda: bare(self.shapes),
        )
        ours = max(ours - arguments, _LEAST)
        detail = f"{call}: {milliseconds(ours)}, {ROWS / ours / 1e6:.2f} M/s; the library alone {milliseconds(alone)}"
        return Line(name, ours / alone, "x", geos.RATIO, detail)

    def _beside_native(self, function: Function, name: str, call: str, given: list[str]) -> Line:
        types = [_base(pattern) for pattern in function.signature.arguments]
        beside = yardstick(function.family, function.name, name, types)
        native = beside.sql if isinstance(beside, Yardstick) else "i"
        try:
            ours, arguments, bare, nothing = best_of(
                self.setting,
                lambda: self._ours([call]),
                lambda: self._ours(given or ["i"]),
                lambda: self.plain.sql(f"SELECT count({native}) FROM numbers").collect(),
                lambda: self.plain.sql("SELECT count(i) FROM numbers").collect(),
            )
        except owlake.Error as problem:
            return Line(name, math.inf, "x", _RATIO, f"{call}: {problem}"[:300])
        ours = max(ours - arguments, _LEAST)
        if function.execution is Execution.VALUE or not isinstance(beside, Yardstick):
            why = "value by value" if function.execution is Execution.VALUE else str(beside)
            return Line(name, ROWS / ours / 1e6, "M/s", _VALUES / 1e6, f"{call}, {why}", at_least=True)
        bare = max(bare - nothing, _LEAST)
        detail = f"{milliseconds(ours)}, native {native} {milliseconds(bare)}: {beside.reason}"
        return Line(name, ours / bare, "x", _RATIO, detail)

    def _ours(self, calls: list[str]) -> None:
        counts = ", ".join(f"count({call})" for call in calls)
        self.connection.execute(f"SELECT {counts} FROM numbers").fetchall()


def _call(function: Function, name: str) -> tuple[str, list[str]]:
    """The call's SQL, and the arguments that are calls themselves."""
    columns = [COLUMNS.get(_base(pattern), "i") for pattern in function.signature.arguments]
    template = CALLS.get(name) or CALLS.get(function.name) or f"{function.name}({', '.join(columns)})"
    if function.family == "json":
        columns = ["j" if column == "s" else column for column in columns]
    call = template.format(*columns)
    return call, [one for one in _arguments(call) if "(" in one and "->" not in one]


def _arguments(call: str) -> list[str]:
    """The arguments of a call, as they are written."""
    found, depth = [""], 0
    for character in call[call.index("(") + 1 : -1]:
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            found.append("")
        else:
            found[-1] += character
    return [one.strip() for one in found]


def _base(pattern: Pattern) -> str:
    if pattern.is_variable:
        return "bigint"
    return str(pattern).partition("(")[0] + (" with time zone" if str(pattern).endswith("with time zone") else "")
