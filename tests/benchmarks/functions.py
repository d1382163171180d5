"""Every function that is computed in Python, beside a native one over values of the same kind.

Functions over whole arrays may take five times what the native one takes; those that go value by value must manage a
million values a second. What the arguments themselves cost is measured too and taken off. A function that is
missing from ``CALLS`` and cannot be called with the columns of its argument types is a line that misses its limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from datafusion import SessionContext

import owlake
from owlake.dbapi import Connection
from owlake.functions.registry import REGISTRY, Execution, Function, Kind
from owlake.functions.signature import Pattern
from tests.benchmarks.measuring import Line, Setting, best_of, milliseconds

ROWS = 1_000_000
_RATIO = 5.0
_VALUES = 1e6
_LEAST = 0.002
"""Seconds below which a difference of two measurements says nothing."""

WORDS = ("running", "flies", "happily", "argument", "national", "feed", "plastered", "motoring", "Tymczak", "Pfister")

COLUMNS = {
    "boolean": "i % 2 = 0",
    "tinyint": "CAST(n % 100 AS tinyint)",
    "smallint": "CAST(n % 100 AS smallint)",
    "integer": "n",
    "bigint": "i",
    "real": "CAST(x AS real)",
    "double": "x",
    "decimal": "CAST(n AS decimal(12,2))",
    "varchar": "s",
    "char": "CAST(s AS char(20))",
    "varbinary": "b",
    "date": "d",
    "timestamp": "t",
    "timestamp with time zone": "with_timezone(t, 'Europe/Paris')",
    "time": "CAST(t AS time(3))",
    "time with time zone": "CAST(with_timezone(t, '+02:00') AS time(3) with time zone)",
    "interval day to second": "INTERVAL '2' HOUR",
    "interval year to month": "INTERVAL '2' MONTH",
    "json": "json_parse(j)",
    "ipaddress": "IPADDRESS '10.1.2.3'",
    "array": "a",
    "map": "m",
}
"""A value of each type over the table's columns."""

NATIVE = {
    "varchar": "reverse(s)",
    "char": "reverse(s)",
    "json": "regexp_replace(j, '[0-9]+', 'n')",
    "varbinary": "md5(b)",
    "array": "array_sort(a)",
    "map": "map_values(m)",
    "date": "date_trunc('month', t)",
    "timestamp": "date_trunc('month', t)",
    "timestamp with time zone": "date_trunc('month', t)",
    "time": "date_trunc('month', t)",
    "time with time zone": "date_trunc('month', t)",
}
"""What DataFusion has that is comparable, by the type of the first argument; ``ln`` for numbers."""

CALLS = {
    "all_match": "all_match(a, e -> e > 0)",
    "any_match": "any_match(a, e -> e > 90)",
    "none_match": "none_match(a, e -> e > 90)",
    "filter": "filter(a, e -> e > 50)",
    "transform": "transform(a, e -> e + 1)",
    "reduce": "reduce(a, BIGINT '0', (s, e) -> s + e, s -> s)",
    "zip_with": "zip_with(a, a, (p, q) -> p + q)",
    "map_filter": "map_filter(m, (k, v) -> v > 50)",
    "map_zip_with": "map_zip_with(m, m, (k, p, q) -> p + q)",
    "transform_keys": "transform_keys(m, (k, v) -> concat(k, 'x'))",
    "transform_values": "transform_values(m, (k, v) -> v + 1)",
    "array_sort(array(T), function(T,T,bigint))": "array_sort(a, (p, q) -> IF(p < q, 1, IF(p = q, 0, -1)))",
    "flatten": "flatten(ARRAY[a, a])",
    "repeat": "repeat(i, 3)",
    "element_at(map(K, V), K)": "element_at(m, 'k1')",
    "element_at(array(T), bigint)": "element_at(a, 2)",
    "combinations": "combinations(slice(a, 1, 3), 2)",
    "ngrams": "ngrams(a, 2)",
    "trim_array": "trim_array(a, 1)",
    "slice": "slice(a, 1, 2)",
    "sequence(bigint, bigint)": "sequence(i, i + 3)",
    "sequence(bigint, bigint, bigint)": "sequence(i, i + 6, 2)",
    "sequence(date, date)": "sequence(d, d + INTERVAL '3' DAY)",
    "sequence(date, date, interval day to second)": "sequence(d, d + INTERVAL '3' DAY, INTERVAL '1' DAY)",
    "sequence(date, date, interval year to month)": "sequence(d, d + INTERVAL '3' MONTH, INTERVAL '1' MONTH)",
    "sequence(timestamp(p), timestamp(p), interval day to second)": "sequence(t, t + {2}, INTERVAL '1' HOUR)",
    "sequence(timestamp(p), timestamp(p), interval year to month)": "sequence(t, t + {2}, INTERVAL '1' MONTH)",
    "map": "map(ARRAY[s, concat(s, 'x')], ARRAY[i, i])",
    "map_from_entries": "map_from_entries(ARRAY[ROW(s, i)])",
    "multimap_from_entries": "multimap_from_entries(ARRAY[ROW(s, i), ROW(s, i)])",
    "cosine_distance": "cosine_distance(v, v)",
    "cosine_similarity": "cosine_similarity(v, v)",
    "dot_product": "dot_product(v, v)",
    "euclidean_distance": "euclidean_distance(v, v)",
    "at_timezone(timestamp(p) with time zone, varchar(x))": "at_timezone({0}, 'Asia/Tokyo')",
    "at_timezone(time(p) with time zone, varchar(x))": "at_timezone({0}, '+09:00')",
    "with_timezone": "with_timezone(t, 'Europe/Paris')",
    "beta_cdf": "beta_cdf(2.0E0, 3.0E0, u)",
    "inverse_beta_cdf": "inverse_beta_cdf(2.0E0, 3.0E0, u)",
    "inverse_normal_cdf": "inverse_normal_cdf(0.0E0, 1.0E0, u)",
    "normal_cdf": "normal_cdf(0.0E0, 1.0E0, x)",
    "t_cdf": "t_cdf(x, 5.0E0)",
    "t_pdf": "t_pdf(x, 5.0E0)",
    "wilson_interval_lower": "wilson_interval_lower(n % 100, BIGINT '100', 1.96E0)",
    "wilson_interval_upper": "wilson_interval_upper(n % 100, BIGINT '100', 1.96E0)",
    "width_bucket(double, double, double, bigint)": "width_bucket(u, 0.0E0, 1.0E0, 10)",
    "width_bucket(double, array(double))": "width_bucket(u, ARRAY[0.1E0, 0.5E0, 0.9E0])",
    "power": "power(u, 2.5E0)",
    "pow": "pow(u, 2.5E0)",
    "round": "round(x, 2)",
    "bit_count": "bit_count(i, 64)",
    "chr": "chr(65 + i % 1000)",
    "codepoint": "codepoint(CAST(substr(s, 1, 1) AS varchar(1)))",
    "from_base": "from_base(to_base(i, 16), 16)",
    "to_base": "to_base(i, 16)",
    "from_base32": "from_base32(to_base32(b))",
    "from_base64": "from_base64(to_base64(b))",
    "from_base64url": "from_base64url(to_base64url(b))",
    "from_hex": "from_hex(to_hex(b))",
    "from_big_endian_32": "from_big_endian_32(to_big_endian_32(n))",
    "from_big_endian_64": "from_big_endian_64(to_big_endian_64(i))",
    "from_ieee754_32": "from_ieee754_32(to_ieee754_32(CAST(x AS real)))",
    "from_ieee754_64": "from_ieee754_64(to_ieee754_64(x))",
    "lpad": "lpad(b, 20, X'00')",
    "rpad": "rpad(b, 20, X'00')",
    "substr": "substr(b, 2)",
    "substring": "substring(b, 2)",
    "from_utf8": "from_utf8(b)",
    "hmac_md5": "hmac_md5(b, X'0011')",
    "hmac_sha1": "hmac_sha1(b, X'0011')",
    "hmac_sha256": "hmac_sha256(b, X'0011')",
    "hmac_sha512": "hmac_sha512(b, X'0011')",
    "hamming_distance": "hamming_distance(s, reverse(s))",
    "luhn_check": "luhn_check(CAST(i AS varchar))",
    "normalize": "normalize(s, NFC)",
    "split": "split(s, 'a', 3)",
    "split_to_map": "split_to_map('a=1,b=2', ',', '=')",
    "split_to_multimap": "split_to_multimap(concat(s, '=1,b=2'), ',', '=')",
    "strpos": "strpos(s, 'a', 2)",
    "soundex": "soundex(w)",
    "word_stem": "word_stem(w)",
    "date_add": "date_add('day', 3, {2})",
    "date_diff": "date_diff('hour', {1}, {2})",
    "date_trunc": "date_trunc('hour', {1})",
    "date_trunc(varchar(x), date)": "date_trunc('month', d)",
    "date_add(varchar(x), bigint, time(p))": "date_add('hour', 3, {2})",
    "date_add(varchar(x), bigint, time(p) with time zone)": "date_add('hour', 3, {2})",
    "date_diff(varchar(x), date, date)": "date_diff('day', d, d)",
    "date_format": "date_format({0}, '%Y-%m-%d %H:%i:%s')",
    "format_datetime": "format_datetime({0}, 'yyyy-MM-dd HH:mm:ss')",
    "date_parse": "date_parse(CAST(d AS varchar), '%Y-%m-%d')",
    "parse_datetime": "parse_datetime(CAST(d AS varchar), 'yyyy-MM-dd')",
    "to_char": "to_char(with_timezone(t, 'UTC'), 'yyyy-mm-dd')",
    "to_date": "to_date(CAST(d AS varchar), 'yyyy-mm-dd')",
    "to_timestamp": "to_timestamp(CAST(d AS varchar), 'yyyy-mm-dd')",
    "from_iso8601_date": "from_iso8601_date(CAST(d AS varchar))",
    "from_iso8601_timestamp": "from_iso8601_timestamp(CAST(d AS varchar))",
    "from_iso8601_timestamp_nanos": "from_iso8601_timestamp_nanos(concat(CAST(d AS varchar), 'T01:02:03'))",
    "parse_data_size": "parse_data_size(concat(CAST(n AS varchar), 'kB'))",
    "parse_presto_data_size": "parse_presto_data_size(concat(CAST(n AS varchar), 'kB'))",
    "is_json_scalar(varchar(x))": "is_json_scalar(j)",
    "url_extract_parameter": "url_extract_parameter(url, 'k')",
    **{
        f"url_extract_{part}": f"url_extract_{part}(url)"
        for part in ("fragment", "host", "path", "port", "protocol", "query")
    },
    "parse_duration": "parse_duration(concat(CAST(n AS varchar), 'm'))",
    "from_unixtime(double, varchar(x))": "from_unixtime(x, 'Europe/Paris')",
    "from_unixtime(double, bigint, bigint)": "from_unixtime(x, 2, 30)",
    "json_array_contains": "json_array_contains({0}, 5)",
    "json_array_get": "json_array_get({0}, 1)",
    "json_extract": "json_extract({0}, '$.a')",
    "json_extract_scalar": "json_extract_scalar({0}, '$.a')",
    "json_size": "json_size({0}, '$.a')",
    "json_parse": "json_parse(j)",
    "is_json_scalar": "is_json_scalar({0})",
    "json_array_length": "json_array_length({0})",
    "regexp_extract_all": "regexp_extract_all(s, '[a-m]+')",
    "regexp_position": "regexp_position(s, '[a-m]+')",
    "regexp_split": "regexp_split(s, '[a-m]+')",
}
"""How functions are called whose arguments are more than a column; by name, or by signature where that differs."""


_TABLE = """
CREATE EXTERNAL TABLE numbers (
    i bigint, n int, x double, u double, s string, w string, url string, j string, b binary, d date, t timestamp,
    a array<bigint>, v array<double>, m map<string,bigint>
) STORED AS PARQUET LOCATION 's3://tables/numbers/'
"""


def run(setting: Setting) -> Iterator[Line]:
    """A line for each declared signature that is computed in Python."""
    file = setting.scratch / "home" / "buckets" / "tables" / "numbers" / "part.parquet"
    file.parent.mkdir(parents=True)
    pq.write_table(_values(), file)
    plain = SessionContext()
    plain.register_parquet("numbers", str(file))
    with owlake.connect(setting.scratch / "home") as connection:
        connection.execute(_TABLE)
        sides = _Sides(connection, plain, setting)
        lines = []
        for function in _functions():
            lines.append(sides.line(function))
            yield lines[-1]
    yield Line("functions beyond their limit", sum(not line.met for line in lines), "", 0, f"of {len(lines)}")


def _values() -> pa.Table:
    """Nearly every value is another one, so that nothing is gained by remembering."""
    random = np.random.default_rng(7)
    numbers = random.integers(1, 1_000_000_000, ROWS)
    words = pa.array([f"{WORDS[number % len(WORDS)]} {number:x}é" for number in numbers])
    lists = pa.array(np.arange(0, 4 * ROWS + 1, 4), pa.int32())
    elements = pa.array(random.integers(0, 100, 4 * ROWS))
    keys = pa.array(np.resize(np.array(["k1", "k2", "k3", "k4"]), 4 * ROWS))
    return pa.table(
        {
            "i": numbers,
            "n": pa.array(numbers % 10_000, pa.int32()),
            "x": random.normal(size=ROWS) * 1000,
            "u": random.random(ROWS) * 0.98 + 0.01,
            "s": words,
            "w": pa.array([WORDS[number % len(WORDS)] for number in numbers]),
            "url": pa.array([f"https://example.com:8080/p/{number}?k={number:x}&l=m#f" for number in numbers]),
            "j": pa.array([f'{{"a": [{number}, 5], "b": "x{number}"}}' for number in numbers]),
            "b": words.cast(pa.binary()),
            "d": pa.array(numbers % 20_000, pa.int32()).cast(pa.date32()),
            "t": pa.array(numbers * 1_000_000 % (1 << 50), pa.int64()).cast(pa.timestamp("us")),
            "a": pa.ListArray.from_arrays(lists, elements),
            "v": pa.ListArray.from_arrays(lists, elements.cast(pa.float64())),
            "m": pa.MapArray.from_arrays(lists, keys, elements),
        }
    )


def _functions() -> list[Function]:
    functions = [one for one in REGISTRY.functions() if one.kind is Kind.SCALAR]
    return [one for one in functions if one.execution is not Execution.NATIVE and not _is_over_sketches(one)]


def _is_over_sketches(function: Function) -> bool:
    """Whether the function takes sketches: there are few of those, one a group."""
    return any(_base(pattern) in _SKETCHES for pattern in function.signature.arguments)


_SKETCHES = frozenset(("HyperLogLog", "P4HyperLogLog", "SetDigest", "qdigest", "tdigest"))


@dataclass(slots=True)
class _Sides:
    connection: Connection
    plain: SessionContext
    setting: Setting
    known: dict[str, float] = field(default_factory=dict)
    """What was measured before, by its text."""

    def line(self, function: Function) -> Line:
        """The function beside its yardstick."""
        name = str(function.signature).partition(" ->")[0]
        first = _base(function.signature.arguments[0]) if function.signature.arguments else "bigint"
        native = NATIVE["json"] if function.family == "json" else NATIVE.get(first, "ln(u)")
        call, given = _call(function, name)
        try:
            ours = max(self._seconds(call) - sum(self._seconds(one) - self._seconds("i") for one in given), _LEAST)
        except owlake.Error as problem:
            return Line(name, math.inf, "x", _RATIO, f"{call}: {problem}"[:140])
        if function.execution is Execution.VALUE:
            return Line(name, ROWS / ours / 1e6, "M/s", _VALUES / 1e6, f"value by value: {call}", at_least=True)
        bare = max(self._bare(native) - self._bare("i"), _LEAST)
        return Line(name, ours / bare, "x", _RATIO, f"{milliseconds(ours)}, native {native} {milliseconds(bare)}")

    def _seconds(self, call: str) -> float:
        if call not in self.known:
            text = f"SELECT count({call}) FROM numbers"
            (self.known[call],) = best_of(self.setting, lambda: self.connection.execute(text).fetchall())
        return self.known[call]

    def _bare(self, call: str) -> float:
        key = f"native {call}"
        if key not in self.known:
            text = f"SELECT count({call}) FROM numbers"
            (self.known[key],) = best_of(self.setting, lambda: self.plain.sql(text).collect())
        return self.known[key]


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
