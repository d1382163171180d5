"""Arithmetic and rounding, held to Python's decimals; distributions to what they must be."""

from __future__ import annotations

import decimal
import math
import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.functions.math.bases import from_base, to_base
from owlake.functions.math.buckets import width_bucket_of_bins
from owlake.functions.math.distributions import beta_cdf, incomplete_beta, inverse_beta_cdf, t_cdf
from owlake.functions.math.rounding import _round_decimals, _round_integers, round_floating
from owlake.home import Home
from owlake.session import Session

EXACT = decimal.Context(prec=300)
BIGINTS = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with Home.open(tmp_path_factory.mktemp("numbers")) as home, Session(home) as session:
        yield session


def rows_of(session, sql):
    with session.execute(sql) as result:
        table = result.table()
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def at_scale(value, scale):
    return value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, EXACT)


def fits(value, precision=38):
    return value is not None and len(value.as_tuple().digits) <= precision


def random_decimal(source, precision, scale):
    digits = source.choice([source.randint(0, precision), precision])
    number = source.randint(0, 10**digits - 1) if digits else 0
    return Decimal(number * source.choice([1, -1])).scaleb(-scale, EXACT)


def expected(symbol, left, right, s1, s2):
    """Trino's rule for each operator (https://trino.io/docs/current/functions/decimal.html), NULL beyond 38 digits."""
    if symbol in "/%" and not right:
        return None
    scale = s1 + s2 if symbol == "*" else max(s1, s2)
    if symbol == "/":
        exact = at_scale(EXACT.divide(left, right), scale)
    else:
        operation = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply, "%": EXACT.remainder}[symbol]
        exact = at_scale(operation(left, right), scale)
    return exact if fits(exact) else None


@pytest.mark.parametrize("seed", range(8))
def test_decimal_arithmetic_is_exact_and_rounds_half_up(shared, seed):
    source = random.Random(seed)
    p1, p2 = source.randint(1, 38), source.randint(1, 38)
    s1 = source.randint(0, min(p1, 19))
    s2 = source.randint(0, min(p2, 19))
    pairs = [(random_decimal(source, p1, s1), random_decimal(source, p2, s2)) for _ in range(60)]
    values = ", ".join(f"(CAST('{a:f}' AS decimal({p1},{s1})), CAST('{b:f}' AS decimal({p2},{s2})))" for a, b in pairs)
    symbols = "+-*/%"
    columns = ", ".join(f"try(a {symbol} b)" for symbol in symbols)
    found = rows_of(shared, f"SELECT {columns} FROM (VALUES {values}) AS t(a, b)")
    wanted = [tuple(expected(symbol, a, b, s1, s2) for symbol in symbols) for a, b in pairs]
    for pair, row, want in zip(pairs, found, wanted, strict=True):
        for symbol, one, other in zip(symbols, row, want, strict=True):
            # A quotient or remainder of fewer digits than 38 has none to lose; those that have are compared too.
            assert one == other, (pair, symbol, one, other, (p1, s1, p2, s2))


@given(st.lists(BIGINTS, min_size=1, max_size=6), st.integers(-18, 3))
def test_whole_numbers_are_rounded_half_away_from_zero(numbers, places):
    wanted = [int(at_scale(Decimal(number).scaleb(places, EXACT), 0).scaleb(-places, EXACT)) for number in numbers]
    if places >= 0:
        wanted = numbers
    if any(not -(2**63) <= value < 2**63 for value in wanted):
        return
    assert _round_integers(pa.array(numbers), pa.scalar(places, pa.int32())).to_pylist() == wanted


@given(st.lists(st.none() | st.decimals(-(10**9), 10**9, places=4, allow_nan=False), min_size=1), st.integers(-9, 6))
def test_decimals_are_rounded_half_away_from_zero(numbers, places):
    column = pa.array(numbers, pa.decimal128(14, 4))
    wanted = [
        None if number is None else at_scale(at_scale(number.scaleb(places), 0).scaleb(-places), 4)
        if places < 4 else number
        for number in numbers
    ]  # fmt: skip
    assert _round_decimals(column, pa.array([places] * len(numbers), pa.int32())).to_pylist() == wanted


@given(st.lists(st.floats(), min_size=1, max_size=6), st.integers(-330, 330))
def test_floating_rounding_is_half_up_of_the_product(numbers, places):
    def rounded(number):
        if not math.isfinite(number):
            return number
        try:
            factor = 10.0**places
        except OverflowError:
            factor = math.inf
        if factor == 0:
            return math.copysign(0.0, number)
        scaled = abs(number) * factor
        if not math.isfinite(scaled):
            return number
        whole = float(Decimal(scaled).quantize(Decimal(1), ROUND_HALF_UP, decimal.Context(prec=400)))
        return math.copysign(whole / factor, number or 0.0)

    for given_places in (pa.scalar(places, pa.int32()), pa.array([places] * len(numbers), pa.int32())):
        found = round_floating(pa.array(numbers), given_places).to_pylist()
        assert [repr(value) for value in found] == [repr(rounded(number)) for number in numbers]


@given(st.lists(st.none() | BIGINTS, min_size=1), st.integers(2, 36))
def test_digits_in_any_base_are_read_back(numbers, radix):
    texts = to_base(pa.array(numbers, pa.int64()), pa.scalar(radix, pa.int64())).to_pylist()
    assert [None if text is None else from_base(text, radix) for text in texts] == numbers
    assert [None if text is None else int(text, radix) for text in texts] == numbers


@given(
    st.lists(st.floats(allow_nan=False), min_size=1),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, unique=True),
)
def test_buckets_count_the_bounds_that_are_reached(numbers, bounds):
    bins = sorted(bounds)
    lists = pa.array([bins] * len(numbers), pa.list_(pa.float64()))
    wanted = [sum(bound <= number for bound in bins) for number in numbers]
    assert width_bucket_of_bins(pa.array(numbers), lists).to_pylist() == wanted


PARAMETERS = st.floats(0.2, 60)


@settings(deadline=None)
@given(PARAMETERS, PARAMETERS, st.floats(0.01, 0.99))
def test_the_beta_distribution_is_its_own_mirror_and_inverse(a, b, x):
    one, other, at = np.array([a]), np.array([b]), np.array([x])
    part = incomplete_beta(one, other, at)[0]
    assert 0 <= part <= 1 + 1e-12
    assert math.isclose(part, 1 - incomplete_beta(other, one, 1 - at)[0], rel_tol=1e-9, abs_tol=1e-11)
    arguments = [pa.array([value]) for value in (a, b, part if part <= 1 else 1.0)]
    back = inverse_beta_cdf(*arguments)
    assert math.isclose(beta_cdf(*arguments[:2], back)[0].as_py(), min(part, 1.0), rel_tol=1e-8, abs_tol=1e-10)


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0, 1))
def test_the_beta_distribution_is_a_sum_of_the_binomial_one(a, b, x):
    # https://dlmf.nist.gov/8.17.E5
    n = a + b - 1
    total = math.fsum(math.comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(a, n + 1))
    found = beta_cdf(pa.array([float(a)]), pa.array([float(b)]), pa.array([x]))[0].as_py()
    assert math.isclose(found, total, rel_tol=1e-9, abs_tol=1e-12)


@given(st.floats(-1e6, 1e6))
def test_students_t_with_one_degree_is_cauchys(x):
    found = t_cdf(pa.array([x]), pa.array([1.0]))[0].as_py()
    assert math.isclose(found, 0.5 + math.atan(x) / math.pi, rel_tol=1e-9, abs_tol=1e-12)
