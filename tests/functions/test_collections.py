"""Arrays, maps, rows and lambdas against a model in Python, on random values with NULLs at every level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, zip_longest
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from owlake.functions.equality import NO, UNKNOWN, YES, alike, equal, identical, joinable, order
from owlake.home import Home
from owlake.session import Session

MODEL = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

small = st.none() | st.integers(-3, 3)
arrays = st.none() | st.lists(small, max_size=5)
maps = st.none() | st.dictionaries(st.integers(0, 4), small, max_size=4)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(Home.open(tmp_path)) as opened:
        # The first statement raises the limit of recursion, which hypothesis wants to find unchanged.
        opened.execute("SELECT 1").close()
        yield opened


def sql(value: Any, type_: str = "array(bigint)") -> str:
    """A value as SQL; NULL and what is empty with their types."""
    match value:
        case None:
            return f"CAST(NULL AS {type_})"
        case list():
            return f"CAST(ARRAY[{', '.join('NULL' if one is None else str(one) for one in value)}] AS {type_})"
        case dict():
            keys, values = sql(list(value)), sql(list(value.values()))
            return f"map({keys}, {values})"
        case _:
            return str(value)


def answers(session: Session, expressions: str, rows: str, columns: str) -> list[tuple[Any, ...]]:
    with session.execute(f"SELECT {expressions} FROM (VALUES {rows}) AS t({columns})") as result:
        table = result.table()
        found = [table.column(index).to_pylist(maps_as_pydicts=None) for index in range(table.num_columns)]
    return list(zip(*found, strict=True))


# Arrays -------------------------------------------------------------------------------------------------


def distinct(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def nulls_last(values: list[Any]) -> list[Any]:
    return sorted(values, key=lambda one: (one is None, one or 0))


def overlap(one: list[Any], other: list[Any]) -> bool | None:
    if {value for value in one if value is not None} & {value for value in other if value is not None}:
        return True
    return None if one and other and (None in one or None in other) else False


def extreme(choose: Callable[[list[int]], int], values: list[Any]) -> int | None:
    return None if not values or None in values else choose(values)


def runs(values: list[Any], size: int) -> list[list[Any]]:
    if len(values) <= size:
        return [values]
    return [values[start : start + size] for start in range(len(values) - size + 1)]


def in_trinos_order(values: list[Any], size: int) -> list[list[Any]]:
    found = sorted(combinations(range(len(values)), size), key=lambda places: places[::-1])
    return [[values[place] for place in places] for places in found]


OF_ONE: dict[str, Callable[[list[Any]], Any]] = {
    "cardinality(a)": len,
    "array_distinct(a)": distinct,
    "array_sort(a)": nulls_last,
    "array_sort(a, (x, y) -> CASE WHEN x IS NULL THEN IF(y IS NULL, 0, 1) WHEN y IS NULL THEN -1 "
    "WHEN x < y THEN -1 WHEN x = y THEN 0 ELSE 1 END)": nulls_last,
    "reverse(a)": lambda values: values[::-1],
    "array_max(a)": lambda values: extreme(max, values),
    "array_min(a)": lambda values: extreme(min, values),
    "contains(a, 1)": lambda values: True if 1 in values else None if None in values else False,
    "array_position(a, 1)": lambda values: values.index(1) + 1 if 1 in values else 0,
    "array_remove(a, 1)": lambda values: [one for one in values if one != 1],
    "element_at(a, 2)": lambda values: values[1] if len(values) > 1 else None,
    "element_at(a, -1)": lambda values: values[-1] if values else None,
    "slice(a, 2, 2)": lambda values: values[1:3],
    "slice(a, -2, 1)": lambda values: values[-2:-1] if len(values) > 1 else [],
    "array_join(a, ',')": lambda values: ",".join(str(one) for one in values if one is not None),
    "array_join(a, ',', '*')": lambda values: ",".join("*" if one is None else str(one) for one in values),
    "ngrams(a, 2)": lambda values: runs(values, 2),
    "combinations(a, 2)": lambda values: in_trinos_order(values, 2),
    "IF(a IS NOT NULL, flatten(ARRAY[a, NULL, a]))": lambda values: values + values,
    "a || a": lambda values: values + values,
    "a || 7": lambda values: [*values, 7],
}

OF_TWO: dict[str, Callable[[list[Any], list[Any]], Any]] = {
    "array_union(a, b)": lambda one, other: distinct(one + other),
    "array_sort(array_intersect(a, b))": lambda one, other: nulls_last(list(set(one) & set(other))),
    "arrays_overlap(a, b)": overlap,
    "contains_sequence(a, b)": lambda one, other: any(
        one[start : start + len(other)] == other for start in range(len(one) + 1)
    ),
    "concat(a, b, a)": lambda one, other: one + other + one,
    "transform(zip(a, b), r -> coalesce(r[1], 0) * 10 + coalesce(r[2], 0))": lambda one, other: [
        (x or 0) * 10 + (y or 0) for x, y in zip_longest(one, other)
    ],
    "cardinality(zip_with(a, b, (x, y) -> x))": lambda one, other: max(len(one), len(other)),
}


@given(st.lists(arrays, min_size=1, max_size=8))
@MODEL
def test_functions_of_an_array(session: Session, rows: list[list[Any] | None]) -> None:
    values = ", ".join(f"ROW({sql(row)})" for row in rows)
    found = answers(session, ", ".join(OF_ONE), values, "a")
    for row, answer in zip(rows, found, strict=True):
        wanted = tuple(None if row is None else model(row) for model in OF_ONE.values())
        assert dict(zip(OF_ONE, answer, strict=True)) == dict(zip(OF_ONE, wanted, strict=True))


@given(st.lists(st.tuples(arrays, arrays), min_size=1, max_size=8))
@MODEL
def test_functions_of_two_arrays(session: Session, rows: list[tuple[list[Any] | None, list[Any] | None]]) -> None:
    values = ", ".join(f"({sql(one)}, {sql(other)})" for one, other in rows)
    found = answers(session, ", ".join(OF_TWO), values, "a, b")
    for (one, other), answer in zip(rows, found, strict=True):
        known = one is not None and other is not None
        wanted = tuple(model(one, other) if known else None for model in OF_TWO.values())  # type: ignore[arg-type]
        assert dict(zip(OF_TWO, answer, strict=True)) == dict(zip(OF_TWO, wanted, strict=True))


@pytest.mark.parametrize("widest", [3, 10**18])
def test_sets_of_many_arrays(session: Session, widest: int) -> None:
    """Few different values are found by place, many by hash: both find the same."""
    source = Random(11)
    pool = [source.randint(-widest, widest) for _ in range(20)]
    rows = [[[source.choice([*pool, None]) for _ in range(source.randint(0, 6))] for _ in "ab"] for _ in range(300)]
    values = ", ".join(f"({sql(one)}, {sql(other)})" for one, other in rows)
    asked = "array_distinct(a), array_union(a, b), array_except(a, b), arrays_overlap(a, b), array_intersect(a, b)"
    for (one, other), answer in zip(rows, answers(session, asked, values, "a, b"), strict=True):
        without = [value for value in distinct(one) if value not in other] if other else one
        shared = set(one) & set(other)
        assert answer[:4] == (distinct(one), distinct(one + other), without, overlap(one, other))
        assert nulls_last(answer[4]) == nulls_last(list(shared))


# Lambdas ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Body:
    """A number made of ``x`` and of the column ``n`` outside: the SQL, and the same in Python."""

    text: str
    value: Callable[[int | None, int | None], int | None]


def _both(symbol: str, compute: Callable[[int, int], int]) -> Callable[[Body, Body], Body]:
    def build(one: Body, other: Body) -> Body:
        def value(x: int | None, n: int | None) -> int | None:
            left, right = one.value(x, n), other.value(x, n)
            return None if left is None or right is None else compute(left, right)

        return Body(f"({one.text} {symbol} {other.text})", value)

    return build


def _first_known(one: Body, other: Body) -> Body:
    def value(x: int | None, n: int | None) -> int | None:
        left = one.value(x, n)
        return other.value(x, n) if left is None else left

    return Body(f"coalesce({one.text}, {other.text})", value)


def _chosen(test: Body, one: Body, other: Body) -> Body:
    def value(x: int | None, n: int | None) -> int | None:
        asked = test.value(x, n)
        return one.value(x, n) if asked is not None and asked > 0 else other.value(x, n)

    return Body(f"IF({test.text} > 0, {one.text}, {other.text})", value)


def _inner(one: Body) -> Body:
    """The body inside of a lambda in the lambda, which sees the parameter of the outer one."""

    def value(x: int | None, n: int | None) -> int | None:
        found = one.value(x, n)
        return None if found is None or x is None else found + x

    return Body(f"element_at(transform(ARRAY[{one.text}], y -> y + x), 1)", value)


leaves = st.sampled_from([Body("x", lambda x, _: x), Body("n", lambda _, n: n)]) | st.integers(-2, 2).map(
    lambda number: Body(f"BIGINT '{number}'", lambda _x, _n: number)
)
bodies = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(_both("+", lambda a, b: a + b), inner, inner),
        st.builds(_both("*", lambda a, b: a * b), inner, inner),
        st.builds(_first_known, inner, inner),
        st.builds(_chosen, inner, inner, inner),
        st.builds(_inner, inner),
    ),
    max_leaves=5,
)


def all_of(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def negated(found: bool | None) -> bool | None:
    return None if found is None else not found


@given(bodies, st.lists(st.tuples(arrays, small), min_size=1, max_size=6))
@MODEL
def test_lambdas_over_arrays(session: Session, body: Body, rows: list[tuple[list[Any] | None, int | None]]) -> None:
    text = body.text
    asked = ", ".join(
        (
            f"transform(a, x -> {text})",
            f"filter(a, x -> {text} > 0)",
            f"all_match(a, x -> {text} > 0)",
            f"any_match(a, x -> {text} > 0)",
            f"none_match(a, x -> {text} > 0)",
            f"reduce(a, n, (s, x) -> s + {text}, s -> s * 2)",
        )
    )
    values = ", ".join(f"({sql(row)}, {sql(n, 'bigint')})" for row, n in rows)
    found = answers(session, asked, values, "a, n")
    for (row, n), answer in zip(rows, found, strict=True):
        if row is None:
            assert answer == (None,) * 6
            continue
        made = [body.value(x, n) for x in row]
        tests = [None if one is None else one > 0 for one in made]
        steps = [n, *made]
        total = None if None in steps else 2 * sum(one for one in steps if one is not None)
        every, none = all_of(tests), all_of([negated(one) for one in tests])
        kept = [x for x, test in zip(row, tests, strict=True) if test]
        assert answer == (made, kept, every, negated(none), none, total)


@given(bodies, st.lists(st.tuples(maps, maps, small), min_size=1, max_size=6))
@MODEL
def test_lambdas_over_maps(
    session: Session, body: Body, rows: list[tuple[dict[int, Any] | None, dict[int, Any] | None, int | None]]
) -> None:
    text = body.text
    asked = ", ".join(
        (
            f"transform_values(a, (k, x) -> {text} + k)",
            f"map_filter(a, (k, x) -> {text} > k)",
            f"map_zip_with(a, b, (k, x, y) -> coalesce({text}, 0) + coalesce(y, 100))",
            "map_concat(a, b)",
            "transform_keys(a, (k, x) -> k * 2 + 1)",
            "element_at(a, n)",
        )
    )
    types = "map(bigint, bigint)"
    values = ", ".join(f"({sql(a, types)}, {sql(b, types)}, {sql(n, 'bigint')})" for a, b, n in rows)
    found = answers(session, asked, values, "a, b, n")
    for (a, b, n), answer in zip(rows, found, strict=True):
        assert tuple(dict(one) if isinstance(one, list) else one for one in answer) == _over_maps(body, a, b, n)


def _over_maps(
    body: Body, a: dict[int, Any] | None, b: dict[int, Any] | None, n: int | None
) -> tuple[dict[int, Any] | int | None, ...]:
    if a is None:
        return (None,) * 6
    made = {key: body.value(x, n) for key, x in a.items()}
    filled = {key: None if one is None else one + key for key, one in made.items()}
    kept = {key: a[key] for key, one in made.items() if one is not None and one > key}
    zipped = joined = None
    if b is not None:
        zipped = {key: (body.value(a.get(key), n) or 0) + (100 if b.get(key) is None else b[key]) for key in {**a, **b}}
        joined = {**a, **b}
    turned = {key * 2 + 1: x for key, x in a.items()}
    return filled, kept, zipped, joined, turned, a.get(n) if n is not None else None


# Comparison ---------------------------------------------------------------------------------------------

ROW = pa.struct([("p", pa.int64()), ("q", pa.list_(pa.int64()))])
NESTED = pa.struct([("r", ROW), ("m", pa.map_(pa.int64(), pa.float64())), ("s", pa.list_(pa.string()))])
nested = st.none() | st.fixed_dictionaries(
    {
        "r": st.none() | st.fixed_dictionaries({"p": small, "q": st.none() | st.lists(small, max_size=2)}),
        "m": st.none()
        | st.dictionaries(
            st.integers(0, 1), st.none() | st.sampled_from([0.0, -0.0, 1.0, float("nan")]), max_size=2
        ).map(lambda entries: list(entries.items())),
        "s": st.none() | st.lists(st.none() | st.sampled_from(["", "a"]), max_size=2),
    }
)


def model_equal(one: Any, other: Any, *, top: str = "") -> int:
    """Trino's ``=`` of nested values: no where a part says no, unknown where one is."""
    if one is None or other is None:
        return UNKNOWN
    if top == "m":
        left, right = dict(one), dict(other)
        if left.keys() != right.keys():
            return NO
        return min((model_equal(left[key], right[key]) for key in left), default=YES)
    if isinstance(one, list):
        if len(one) != len(other):
            return NO
        return min((model_equal(*pair) for pair in zip(one, other, strict=True)), default=YES)
    if isinstance(one, dict):
        return min(model_equal(one[name], other[name], top=name) for name in one)
    return YES if one == other else NO


def model_form(value: Any, top: str = "") -> Any:
    """What is the same for values that are not distinct."""
    if top == "m" and value is not None:
        return tuple(sorted((key, model_form(one)) for key, one in value)) if value else ()
    if isinstance(value, list):
        return tuple(model_form(one) for one in value)
    if isinstance(value, dict):
        return tuple(model_form(value[name], name) for name in sorted(value))
    if isinstance(value, float):
        return ("nan",) if value != value else (value + 0.0,)  # noqa: PLR0124  (NaN alone differs from itself)
    return value if value is not None else ("null",)


@given(st.lists(st.tuples(nested, nested), min_size=1, max_size=12), st.integers(0, 2))
@settings(max_examples=200, deadline=None)
def test_equality_of_nested_values(pairs: list[tuple[Any, Any]], skipped: int) -> None:
    left, right = (pa.array([None] * skipped + [pair[side] for pair in pairs], NESTED)[skipped:] for side in (0, 1))
    assert equal(left, right).tolist() == [model_equal(*pair) for pair in pairs]
    same = [model_form(one) == model_form(other) for one, other in pairs]
    assert identical(left, right).tolist() == same


@given(st.lists(nested, min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_forms_are_the_same_where_values_are(values: list[Any]) -> None:
    column = pa.array(values, NESTED)
    forms, keys = alike(column).to_pylist(), joinable(column).to_pylist()
    for (one, other), (left, right), (key, wanted) in zip(
        combinations(values, 2), combinations(forms, 2), combinations(keys, 2), strict=True
    ):
        assert (repr(left) == repr(right)) == (model_form(one) == model_form(other))
        assert (key is not None and key == wanted) == (model_equal(one, other) == YES)


whole = st.lists(st.integers(-2, 2), max_size=3)


@given(st.lists(st.tuples(whole, whole), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_order_of_arrays_is_that_of_lists(pairs: list[tuple[list[int], list[int]]]) -> None:
    left, right = (pa.array([pair[side] for pair in pairs], pa.list_(pa.int64())) for side in (0, 1))
    assert order(left, right).tolist() == [(one > other) - (one < other) for one, other in pairs]


@given(st.lists(st.lists(st.integers(-5, 5), max_size=30), min_size=1, max_size=4))
@MODEL
def test_reduction_goes_from_left_to_right(session: Session, rows: list[list[int]]) -> None:
    values = ", ".join(f"ROW({sql(row)})" for row in rows)
    found = answers(session, "reduce(a, BIGINT '1', (s, x) -> (s * 3 + x) % 1009, s -> s)", values, "a")
    wanted = [reduce(lambda s, x: _remainder(s * 3 + x, 1009), row, 1) for row in rows]
    assert [one for (one,) in found] == wanted


def _remainder(value: int, divisor: int) -> int:
    """With the dividend's sign, as SQL has it."""
    return value % divisor if value >= 0 else -(-value % divisor)
