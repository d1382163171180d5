"""What each function that is computed in Python is held against: what DataFusion itself has that does the same work.

First comes the very function, where DataFusion has one (Spark's set included), then one that reads and writes values of
the same kind and looks at each of them as closely. What has nothing of the kind must manage a million values a second.
"""

from __future__ import annotations

from dataclasses import dataclass

_SAME = "the same function"


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A native call over the same columns, and why it is comparable."""

    sql: str
    reason: str = _SAME


_DIRECT: dict[str, str] = {
    "array_distinct": "array_distinct(a)",
    "array_except": "array_except(a, c)",
    "array_intersect": "array_intersect(a, c)",
    "array_union": "array_union(a, c)",
    "arrays_overlap": "array_has_any(a, c)",
    "array_max": "array_max(a)",
    "array_min": "array_min(a)",
    "array_position": "array_position(a, i)",
    "array_remove": "array_remove_all(a, i)",
    "contains(array(T), T)": "array_has(a, i)",
    "concat(array(T)...)": "array_concat(a, a)",
    "concat(array(T), T)": "array_append(a, i)",
    "concat(T, array(T))": "array_prepend(i, a)",
    "any_match": "array_any_match(a, e -> e > 90)",
    "all_match": "NOT array_any_match(a, e -> NOT e > 0)",
    "none_match": "NOT array_any_match(a, e -> e > 90)",
    "filter": "array_filter(a, e -> e > 50)",
    "transform": "array_transform(v, e -> e * 2.0)",
    "zip_with": "array_transform(arrays_zip(v, v), e -> e['1'] + e['2'])",
    "flatten": "flatten(make_array(a, a))",
    "slice": "array_slice(a, 1, 2)",
    "trim_array": "array_slice(a, 1, 3)",
    "repeat": "array_repeat(i, 3)",
    "zip(array(T), array(U))": "arrays_zip(a, a)",
    "zip(array(T), array(U), array(V))": "arrays_zip(a, a, a)",
    "zip(array(T), array(U), array(V), array(W))": "arrays_zip(a, a, a, a)",
    "zip(array(T), array(U), array(V), array(W), array(X))": "arrays_zip(a, a, a, a, a)",
    "sequence(bigint, bigint)": "generate_series(i, i + 3)",
    "sequence(bigint, bigint, bigint)": "generate_series(i, i + 6, 2)",
    "sequence(date, date)": "generate_series(d, d + interval '3 days', interval '1 day')",
    "sequence(date, date, interval day to second)": "generate_series(d, d + interval '3 days', interval '1 day')",
    "sequence(date, date, interval year to month)": "generate_series(d, d + interval '3 months', interval '1 month')",
    "sequence(timestamp(p), timestamp(p), interval day to second)": (
        "generate_series(t, t + interval '2 hours', interval '1 hour')"
    ),
    "sequence(timestamp(p), timestamp(p), interval year to month)": (
        "generate_series(t, t + interval '2 months', interval '1 month')"
    ),
    "ngrams": "make_array(array_slice(a, 1, 2), array_slice(a, 2, 3), array_slice(a, 3, 4))",
    "combinations": "make_array(make_array(a[1], a[2]), make_array(a[1], a[3]), make_array(a[2], a[3]))",
    "cosine_distance(array(double), array(double))": "cosine_distance(v, v)",
    "cosine_similarity(array(double), array(double))": "cosine_distance(v, v)",
    "dot_product": "dot_product(v, v)",
    "euclidean_distance": "array_distance(v, v)",
    "element_at(map(K, V), K)": "map_extract(m, 'k1')",
    "map": "map(make_array(s, concat(s, 'x')), make_array(i, i))",
    "map_entries": "map_entries(m)",
    "map_from_entries": "map_from_entries(make_array(named_struct('a', s, 'b', i)))",
    "map_filter": "array_filter(map_entries(m), e -> e['value'] > 50)",
    "transform_values": "map(map_keys(weights), array_transform(map_values(weights), e -> e * 2.0))",
    "transform_keys": "map(array_transform(map_keys(m), k -> concat(k, 'x')), map_values(m))",
    "map_concat": "map(array_distinct(array_concat(map_keys(m), map_keys(m))), map_values(m))",
    "map_zip_with": (
        "map(map_keys(weights), array_transform(arrays_zip(map_values(weights), map_values(weights)), "
        "e -> e['1'] + e['2']))"
    ),
    "bit_count": "bit_count(i)",
    "pow": "power(u, 2.5)",
    "power": "power(u, 2.5)",
    "round": "round(x, 2)",
    "width_bucket(double, double, double, bigint)": "width_bucket(u, 0.0, 1.0, 10)",
    "to_base": "to_hex(i)",
    "chr": "chr(65 + i % 1000)",
    "soundex": "soundex(w)",
    "luhn_check": "luhn_check(digits)",
    "regexp_extract_all": "regexp_replace(s, '[a-m]+', 'x', 'g')",
    "regexp_extract_all(varchar(x), varchar(y), bigint)": "regexp_replace(s, '([a-m])[a-m]*', '${1}', 'g')",
    "regexp_split": "regexp_replace(s, '[a-m]+', 'x', 'g')",
    "regexp_position": "regexp_instr(s, '[a-m]+')",
    "regexp_position(varchar(x), varchar(y), integer)": "regexp_instr(s, '[a-m]+', 2)",
    "regexp_position(varchar(x), varchar(y), integer, integer)": "regexp_instr(s, '[a-m]+', 2, 2)",
    "split": "string_to_array(s, 'a')",
    "split_to_map": "str_to_map(pairs, ',', '=')",
    "strpos": "substring_index(s, 'a', 2)",
    "format_number(bigint)": "format_string('%,d', i)",
    "format_number(double)": "format_string('%,.2f', x)",
    "human_readable_seconds": "format_string('%d minutes, %d seconds', n, n)",
    "char2hexint": "upper(encode(b, 'hex'))",
    "from_base64": "decode(base64, 'base64')",
    "from_hex": "decode(hex, 'hex')",
    "from_utf8": "make_valid_utf8(s)",
    "length(varbinary)": "length(b)",
    "lpad": "lpad(s, 20, '0')",
    "rpad": "rpad(s, 20, '0')",
    "reverse(varbinary)": "reverse(s)",
    "substr": "substr(s, 2)",
    "substring": "substr(s, 2)",
    "substr(varbinary, bigint, bigint)": "substr(s, 2, 5)",
    "substring(varbinary, bigint, bigint)": "substr(s, 2, 5)",
    "xxhash64": "xxhash64(b)",
    "date_format": "to_char(t, '%Y-%m-%d %H:%M:%S')",
    "format_datetime": "to_char(t, '%Y-%m-%d %H:%M:%S')",
    "to_char": "to_char(t, '%Y-%m-%d %H:%M:%S')",
    "to_iso8601": "to_char(t, '%Y-%m-%dT%H:%M:%S%.3f')",
    "to_iso8601(date)": "to_char(d, '%Y-%m-%d')",
    "date_parse": "to_timestamp(moment, '%Y-%m-%d %H:%M:%S')",
    "parse_datetime": "to_timestamp(moment, '%Y-%m-%d %H:%M:%S')",
    "to_date": "to_timestamp(day, '%Y-%m-%d')",
    "to_timestamp": "to_timestamp(day, '%Y-%m-%d')",
    "from_iso8601_date": "CAST(day AS date)",
    "from_iso8601_timestamp": "to_timestamp(iso)",
    "from_iso8601_timestamp_nanos": "to_timestamp(iso)",
    "parse_duration": "CAST(duration AS interval)",
    "last_day_of_month": "last_day(d)",
    "last_day_of_month(timestamp(p))": "last_day(CAST(t AS date))",
    "date_trunc(varchar(x), timestamp(p))": "date_trunc('hour', t)",
    "url_encode": "url_encode(s)",
    "url_extract_fragment": "parse_url(url, 'REF')",
    "url_extract_host": "parse_url(url, 'HOST')",
    "url_extract_path": "parse_url(url, 'PATH')",
    "url_extract_port": "parse_url(url, 'AUTHORITY')",
    "url_extract_protocol": "parse_url(url, 'PROTOCOL')",
    "url_extract_query": "parse_url(url, 'QUERY')",
    "url_extract_parameter": "parse_url(url, 'QUERY', 'k')",
}
_ZONED = Yardstick("from_utc_timestamp(t, 'Europe/Paris')", "looks each moment up in the zone's table")
_INSTANT = Yardstick("date_trunc('hour', t)", "arithmetic with the unit of each moment")
_MILLISECOND = Yardstick("date_trunc('millisecond', to_timestamp(x))", "the moment too, in whole milliseconds")
_MONTH = Yardstick("date_trunc('month', t)", "the calendar of each moment")
_HASH = Yardstick("md5(b)", "another hash of the same bytes")
_BYTES = Yardstick("to_hex(i)", "writes the bytes of each number")
_READ = Yardstick("ascii(s)", "reads the first bytes of each value")

# To look the keys up is half of the work; the other half is the cosine of the numbers that they lead to.
_SPARSE = Yardstick(
    "CASE WHEN array_has_all(map_keys(weights), map_keys(weights)) "
    "THEN cosine_distance(map_values(weights), map_values(weights)) END",
    "looks each key of the one up in the other, and takes the cosine of their numbers",
)

_OTHERS: dict[str, Yardstick] = {
    "array_histogram": Yardstick("array_distinct(a)", "finds the different elements"),
    "contains_sequence": Yardstick("array_has_all(a, c)", "looks for each element of the one in the other"),
    "array_sort(array(T), function(T,T,bigint))": Yardstick(
        "array_sort(array_transform(a, p -> CASE WHEN p < 50 THEN 1 WHEN p = 50 THEN 0 ELSE -1 END))",
        "sorts, and asks a lambda of that body once an element; a comparator is asked once a comparison",
    ),
    "reduce": Yardstick("array_sum(array_transform(v, e -> e * 2.0))", "asks a lambda once an element, and adds up"),
    "multimap_from_entries": Yardstick(
        "map_from_entries(make_array(named_struct('a', s, 'b', i)))", "half the entries"
    ),
    "split_to_multimap": Yardstick("str_to_map(pairs, ',', '=')", "the same entries, one value a key"),
    "cosine_distance(map(varchar, double), map(varchar, double))": _SPARSE,
    "cosine_similarity(map(varchar, double), map(varchar, double))": _SPARSE,
    "width_bucket(double, array(double))": Yardstick("width_bucket(u, 0.0, 1.0, 3)", "as many buckets, of one width"),
    "to_base32": Yardstick("encode(b, 'base64')", "the same in other digits"),
    "from_base32": Yardstick("decode(base64, 'base64')", "the same in other digits"),
    "from_base64url": Yardstick("decode(base64, 'base64')", "the same in other digits"),
    "murmur3": _HASH,
    "spooky_hash_v2_32": _HASH,
    "spooky_hash_v2_64": _HASH,
    "to_big_endian_32": _BYTES,
    "to_big_endian_64": _BYTES,
    "to_ieee754_32": _BYTES,
    "to_ieee754_64": _BYTES,
    "from_big_endian_32": _READ,
    "from_big_endian_64": _READ,
    "from_ieee754_32": _READ,
    "from_ieee754_64": _READ,
    "render(varchar(x), color)": Yardstick("concat(s, '<', w, '>')", "a text between two others"),
    "render(bigint, color)": Yardstick("concat(CAST(i AS varchar), '<', w, '>')", "a number between two texts"),
    "render(boolean)": Yardstick("concat(s, '<', w, '>')", "a text between two others"),
    "hamming_distance": Yardstick("reverse(hex8)", "goes through the characters of a text"),
    "normalize": Yardstick("lower(s)", "maps each character by Unicode's tables"),
    "contains(varchar, ipaddress)": Yardstick("starts_with(s, '10.')", "the first bits of each value"),
    "wilson_interval_lower": Yardstick("sqrt(u) + ln(u) / power(u, 2.0)", "as many operations of the same kind"),
    "wilson_interval_upper": Yardstick("sqrt(u) + ln(u) / power(u, 2.0)", "as many operations of the same kind"),
    "t_pdf": Yardstick("power(x * x, 2.5)", "one power a value"),
    "from_unixtime(double)": _MILLISECOND,
    "from_unixtime(double, varchar(x))": _MILLISECOND,
    "from_unixtime(double, bigint, bigint)": _MILLISECOND,
    "from_unixtime_nanos": Yardstick("to_timestamp_nanos(i)", _SAME),
    "date_add": _INSTANT,
    "date_diff": _INSTANT,
    "date_trunc": _INSTANT,
    "date_trunc(varchar(x), date)": _MONTH,
    "date_add(varchar(x), bigint, timestamp(p) with time zone)": _ZONED,
    "date_diff(varchar(x), timestamp(p) with time zone, timestamp(p) with time zone)": _ZONED,
    "date_trunc(varchar(x), timestamp(p) with time zone)": _ZONED,
    "last_day_of_month(timestamp(p) with time zone)": _ZONED,
    "with_timezone": _ZONED,
    "at_timezone": _ZONED,
    "timezone_hour(timestamp(p) with time zone)": _ZONED,
    "timezone_minute(timestamp(p) with time zone)": _ZONED,
    "timezone(timestamp(p) with time zone)": Yardstick("concat('Europe/', w)", "writes the name of a zone"),
    "timezone(time(p) with time zone)": Yardstick("concat('Europe/', w)", "writes the name of a zone"),
}

_BY_TYPE = {
    "timestamp": _INSTANT,
    "timestamp with time zone": _INSTANT,
    "time": _INSTANT,
    "time with time zone": _INSTANT,
    "date": _MONTH,
}

NONE = {
    "beta_cdf": "an incomplete beta function: a continued fraction for each value",
    "inverse_beta_cdf": "the same, solved for each value",
    "normal_cdf": "no error function",
    "inverse_normal_cdf": "no error function",
    "t_cdf": "an incomplete beta function: a continued fraction for each value",
    "word_stem": "no stemmer",
}
"""What nothing of DataFusion's is comparable to, and why. Of JSON and geometry it knows nothing."""

_NONE_OF_FAMILY = {"json": "DataFusion knows no JSON", "geospatial": "DataFusion knows no geometry"}


def yardstick(family: str, name: str, signature: str, types: list[str]) -> Yardstick | str:
    """What a function is held against; or why there is nothing."""
    for key in (signature, name):
        if key in _DIRECT:
            return Yardstick(_DIRECT[key])
        if key in _OTHERS:
            return _OTHERS[key]
    reason = NONE.get(name) or _NONE_OF_FAMILY.get(family)
    if reason:
        return reason
    found = next((_BY_TYPE[type_] for type_ in types if type_ in _BY_TYPE), None)
    return found or "nothing was named: say in yardsticks.py what it is held against"
