"""Dates, times and zones against Python's own calendar, zoneinfo and dateutil."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from owlake.functions.arrays import from_integers
from owlake.functions.datetime import adding, iso8601, truncating
from owlake.functions.temporal import calendar, reading, writing
from owlake.functions.temporal.pattern_reading import read_pattern
from owlake.functions.temporal.pattern_writing import write_pattern
from owlake.functions.temporal.patterns import joda_pattern, mysql_pattern
from owlake.functions.temporal.zoned import ZonedColumn
from owlake.functions.temporal.zones import zone_of
from owlake.types.text import InvalidTextError, parse_date, parse_timestamp

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (the origin of local times)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")

dates = st.lists(st.dates(), min_size=1, max_size=20)
moments = st.lists(st.datetimes(), min_size=1, max_size=20)
recent = st.lists(st.datetimes(datetime(1972, 1, 2), datetime(2037, 12, 30)), min_size=1, max_size=20)  # noqa: DTZ001


def micros_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def column(values: list[datetime]) -> pa.Array:
    return pa.array([micros_of(value) for value in values], pa.int64()).cast(pa.timestamp("us"))


def integers(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)


def whole_milliseconds(value: datetime) -> datetime:
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


# The calendar ---------------------------------------------------------------------------------------------------


@given(dates)
def test_the_calendar_is_pythons(values):
    days = integers([value.toordinal() - 719_163 for value in values])
    months = calendar.months_of(days)
    years, month = calendar.year_and_month(months)
    weeks, week_years = calendar.week_and_year(days)
    for index, value in enumerate(values):
        week = value.isocalendar()
        assert (years[index], month[index]) == (value.year, value.month)
        assert days[index] - calendar.first_days(months)[index] + 1 == value.day
        assert calendar.day_of_year(days)[index] == value.timetuple().tm_yday
        assert (week_years[index], weeks[index], calendar.weekdays(days)[index]) == tuple(week)


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1))
def test_days_of_any_year_repeat_after_400_years(days):
    far = integers(days)
    near = far % 146_097
    cycles = (far - near) // 146_097
    assert (calendar.months_of(far) == calendar.months_of(near) + cycles * 4_800).all()
    assert (calendar.day_of_year(far) == calendar.day_of_year(near)).all()


@given(st.lists(st.tuples(st.dates(date(1000, 1, 1), date(3000, 1, 1)), st.integers(-9_000, 9_000)), min_size=1))
def test_months_are_added_as_dateutil_adds_them(pairs):
    days = integers([day.toordinal() - 719_163 for day, _ in pairs])
    found = calendar.add_months(days, integers([months for _, months in pairs]))
    wanted = [(day + relativedelta(months=months)).toordinal() - 719_163 for day, months in pairs]
    assert found.tolist() == wanted


# Arithmetic -----------------------------------------------------------------------------------------------------

UNITS = {
    "millisecond": timedelta(milliseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def later(value: datetime, unit: str, amount: int) -> datetime:
    if unit in UNITS:
        return value + amount * UNITS[unit]
    return value + relativedelta(months=amount * MONTHS[unit])


@given(recent, st.sampled_from([*UNITS, *MONTHS]), st.integers(-300, 300))
def test_date_add_is_dateutils(values, unit, amount):
    amounts = pa.array([amount] * len(values), pa.int64())
    found = adding._add_to_timestamp(pa.scalar(unit), amounts, column(values), pa.scalar(6))
    assert found == column([later(value, unit, amount) for value in values])


@given(recent, recent, st.sampled_from(list(UNITS)))
def test_date_diff_counts_whole_units_towards_zero(first, second, unit):
    pairs = list(zip(map(whole_milliseconds, first), map(whole_milliseconds, second), strict=False))
    found = adding._timestamp_difference(pa.scalar(unit), column([a for a, _ in pairs]), column([b for _, b in pairs]))
    wanted = [abs(b - a) // UNITS[unit] * (1 if b >= a else -1) for a, b in pairs]
    assert found.to_pylist() == wanted


@given(recent, recent, st.sampled_from(list(MONTHS)))
def test_as_many_months_as_date_diff_says_fit_and_one_more_does_not(first, second, unit):
    pairs = [tuple(sorted(map(whole_milliseconds, pair))) for pair in zip(first, second, strict=False)]
    found = adding._timestamp_difference(pa.scalar(unit), column([a for a, _ in pairs]), column([b for _, b in pairs]))
    for (start, end), count in zip(pairs, found.to_pylist(), strict=True):
        assert later(start, unit, count) <= end
        assert later(start, unit, count + 1) > end


@given(recent, st.sampled_from([*UNITS, *MONTHS]))
def test_truncated_moments_begin_a_unit_that_the_moment_lies_in(values, unit):
    found = truncating._truncate_timestamps(pa.scalar(unit), column(values))
    again = truncating._truncate_timestamps(pa.scalar(unit), found)
    assert again == found
    for value, start in zip(values, found.cast(pa.int64()).to_pylist(), strict=True):
        moment = EPOCH + timedelta(microseconds=start)
        assert moment <= value < later(moment, unit, 1)


# Zones ----------------------------------------------------------------------------------------------------------


@given(recent, st.sampled_from(ZONES))
def test_local_times_are_zoneinfos(values, zone):
    instants = integers([micros_of(value) for value in values])
    found = zone_of(zone).to_local(instants)
    info = ZoneInfo(zone)
    wanted = [micros_of(value.replace(tzinfo=UTC).astimezone(info).replace(tzinfo=None)) for value in values]
    assert found.tolist() == wanted


@given(recent, st.sampled_from(ZONES))
def test_the_instant_of_a_local_time_has_that_local_time_unless_the_clocks_skip_it(values, zone):
    local = integers([micros_of(value) for value in values])
    known = zone_of(zone)
    there = ~known.gaps(local)
    for instants in (known.instants_of(local), known.earlier_instants(local)):
        assert (known.to_local(instants)[there] == local[there]).all()


@given(st.lists(st.tuples(st.datetimes(datetime(1972, 1, 2), datetime(2037, 12, 30)), st.sampled_from(ZONES))))  # noqa: DTZ001
def test_zoned_columns_keep_instants_and_zones_either_way(rows):
    names = sorted({zone for _, zone in rows}) or ["UTC"]
    codes = np.array([names.index(zone) for _, zone in rows], np.intp)
    given_ = ZonedColumn(integers([micros_of(value) for value, _ in rows]), tuple(names), codes)
    kept = ZonedColumn.of(given_.array(iso8601.TIMESTAMP_WITH_ANY_ZONE))
    assert kept.instants.tolist() == given_.instants.tolist()
    assert kept.local().tolist() == given_.local().tolist()


# Text -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1), st.integers(0, 6))
def test_the_text_of_a_timestamp_reads_as_the_same_timestamp(values, precision):
    unit = 10 ** (6 - precision)
    timestamps = from_integers(integers(values) // unit * unit, None, pa.timestamp("us"))
    texts = writing.timestamp_to_text(timestamps, pa.scalar(precision))
    assert reading.text_to_timestamp(texts, pa.scalar(precision), pa.scalar(False)) == timestamps


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1))
def test_the_text_of_a_date_reads_as_the_same_date(days):
    values = from_integers(integers(days), None, pa.date32())
    assert reading.text_to_date(writing.date_to_text(values), pa.scalar(False)) == values


LIKE_DATES = st.from_regex(r"\A[+-]?\d{1,5}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,6})?)?)?\Z")


@given(st.lists(LIKE_DATES, min_size=1))
def test_whole_columns_are_read_as_literals_are(texts):
    array = pa.array(texts)
    found = reading.text_to_timestamp(array, pa.scalar(6), pa.scalar(True)).cast(pa.int64()).to_pylist()
    assert found == [value_or_none(lambda text=text: parse_timestamp(text)[0]) for text in texts]
    days = reading.text_to_date(array, pa.scalar(True)).cast(pa.int32()).to_pylist()
    assert days == [value_or_none(lambda text=text: parse_date(text)) for text in texts]


def value_or_none(read):
    try:
        return read()
    except InvalidTextError:
        return None


# Patterns -------------------------------------------------------------------------------------------------------

MYSQL = {
    "%Y-%m-%d %H:%i:%s": "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %r": "%d/%m/%Y %I:%M:%S %p",
    "%W, %d %M %Y %T": "%A, %d %B %Y %H:%M:%S",
    "%a %b %d %H:%i:%S %Y": "%a %b %d %H:%M:%S %Y",
    "%Y%m%d%H%i%s": "%Y%m%d%H%M%S",
    "%j %Y %H:%i:%s": "%j %Y %H:%M:%S",
    "%x-%v": "%G-%V",
}
JODA = {
    "yyyy-MM-dd'T'HH:mm:ss": "%Y-%m-%dT%H:%M:%S",
    "EEEE, d MMMM yyyy hh:mm:ss a": "%A, {day} %B %Y %I:%M:%S %p",
    "EEE MMM dd HH:mm:ss yyyy": "%a %b %d %H:%M:%S %Y",
    "yyyyMMddHHmmss": "%Y%m%d%H%M%S",
    "DDD yyyy HH:mm:ss": "%j %Y %H:%M:%S",
    "xxxx-'W'ww-e": "%G-W%V-%u",
}


def as_python_writes(value: datetime, pattern: str) -> str:
    return value.strftime(pattern.replace("{day}", str(value.day)))


@pytest.mark.parametrize(
    ("elements", "pattern"),
    [
        *((mysql_pattern(mysql), pattern) for mysql, pattern in MYSQL.items()),
        *((joda_pattern(joda, 2026), pattern) for joda, pattern in JODA.items()),
    ],
)
@given(values=recent)
def test_patterns_write_as_strftime_and_read_it_back(elements, pattern, values):
    seconds = [value.replace(microsecond=0) for value in values]
    texts = [as_python_writes(value, pattern) for value in seconds]
    assert write_pattern(ZonedColumn.of(column(seconds)), elements).to_pylist() == texts
    found = read_pattern(pa.array(texts), elements, safe=False).values.tolist()
    if "%S" in pattern:
        assert found == [micros_of(value) for value in seconds]
    else:
        assert write_pattern(ZonedColumn(integers(found), ("UTC",)), elements).to_pylist() == texts


@given(st.lists(st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)), min_size=1))  # noqa: DTZ001
def test_the_three_kinds_of_iso_dates_are_one(values):
    days = [value.date() for value in values]
    wanted = pa.array(days, pa.date32())
    weeks = [value.isocalendar() for value in days]
    ordinals = [value.timetuple().tm_yday for value in days]
    for texts in (
        [value.isoformat() for value in days],
        [f"{year:04}-W{week:02}-{day}" for year, week, day in weeks],
        [f"{value.year:04}-{ordinal:03}" for value, ordinal in zip(days, ordinals, strict=True)],
    ):
        assert iso8601._to_dates(pa.array(texts), pa.scalar(False)) == wanted


@given(recent, st.sampled_from(["Z", "+02:00", "-03:30", "+05:45"]))
def test_iso_timestamps_are_read_as_python_reads_them(values, offset):
    texts = [whole_milliseconds(value).isoformat(timespec="milliseconds") + offset for value in values]
    found = iso8601._to_moments(pa.array(texts), pa.scalar(False))
    read = [datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) for text in texts]
    assert found.field("instant").cast(pa.int64()).to_pylist() == [micros_of(value) for value in read]
    assert iso8601._zoned_to_text(found, pa.scalar(3)).to_pylist() == texts
