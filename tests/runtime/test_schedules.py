"""Schedule expressions: AWS's own examples, an independent calendar (dateutil's), and what is refused.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from datetime import UTC, datetime, timedelta

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.errors import ProgrammingError
from owlake.runtime.schedules import schedule_of

START = datetime(2026, 1, 1, tzinfo=UTC)


def following(expression: str, instant: datetime, count: int, zone: str = "UTC") -> list[datetime]:
    schedule, found = schedule_of(expression, zone), []
    for _ in range(count):
        after = schedule.after(instant, START)
        if after is None:
            break
        found.append(after)
        instant = after
    return found


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "period"),
    [
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(1 hour)", timedelta(hours=1)),
        ("rate(7 days)", timedelta(days=7)),
        (" rate( 7  days ) ", timedelta(days=7)),
    ],
)
def test_a_rate_counts_from_its_start(expression: str, period: timedelta) -> None:
    assert following(expression, START, 3) == [START + period, START + 2 * period, START + 3 * period]


def test_a_rate_never_drifts() -> None:
    assert following("rate(5 minutes)", START + timedelta(minutes=12, seconds=1), 1) == [START + timedelta(minutes=15)]
    assert following("rate(5 minutes)", START + timedelta(minutes=15), 1) == [START + timedelta(minutes=20)]


def test_a_rate_goes_on_where_a_clock_was_put_before_its_start() -> None:
    assert following("rate(5 minutes)", START - timedelta(minutes=12), 1) == [START - timedelta(minutes=10)]


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 10:00 every day
        ("cron(0 10 * * ? *)", utc(2026, 1, 1, 10), [utc(2026, 1, 2, 10), utc(2026, 1, 3, 10)]),
        # 12:15 every day
        ("cron(15 12 * * ? *)", utc(2026, 1, 1, 12, 14, 59), [utc(2026, 1, 1, 12, 15)]),
        # 18:00 Monday to Friday; the 2nd of January 2026 is a Friday
        ("cron(0 18 ? * MON-FRI *)", utc(2026, 1, 2), [utc(2026, 1, 2, 18), utc(2026, 1, 5, 18)]),
        ("cron(0 18 ? * 2-6 *)", utc(2026, 1, 2, 18), [utc(2026, 1, 5, 18)]),
        # 08:00 on the first day of the month
        ("cron(0 8 1 * ? *)", utc(2026, 1, 1, 8), [utc(2026, 2, 1, 8)]),
        # every 10 minutes Monday to Friday
        ("cron(0/10 * ? * MON-FRI *)", utc(2026, 1, 2, 23, 45), [utc(2026, 1, 2, 23, 50), utc(2026, 1, 5)]),
        # every 5 minutes, Monday to Friday, from 08:00 to 17:55
        ("cron(0/5 8-17 ? * MON-FRI *)", utc(2026, 1, 5, 17, 55), [utc(2026, 1, 6, 8), utc(2026, 1, 6, 8, 5)]),
        # 10:15 on the last Friday of each month from 2022 to 2023
        ("cron(15 10 ? * 6L 2022-2023)", utc(2023, 11, 1), [utc(2023, 11, 24, 10, 15), utc(2023, 12, 29, 10, 15)]),
        # the second Tuesday of the month
        ("cron(0 9 ? * 3#2 *)", utc(2026, 1, 1), [utc(2026, 1, 13, 9), utc(2026, 2, 10, 9)]),
        # the weekday nearest to the third of the month: in January 2026 that is a Saturday, in May a Sunday
        ("cron(0 9 3W * ? *)", utc(2026, 1, 1), [utc(2026, 1, 2, 9), utc(2026, 2, 3, 9), utc(2026, 3, 3, 9)]),
        ("cron(0 9 3W 5 ? *)", utc(2026, 1, 1), [utc(2026, 5, 4, 9)]),
        # the last day of the month, of the week
        ("cron(0 0 L * ? *)", utc(2028, 1, 31), [utc(2028, 2, 29), utc(2028, 3, 31)]),
        ("cron(0 0 ? * L *)", utc(2026, 1, 1), [utc(2026, 1, 3), utc(2026, 1, 10)]),
        ("cron(0 0 1 jan,JUL ? *)", utc(2026, 1, 1), [utc(2026, 7, 1), utc(2027, 1, 1)]),
    ],
)
def test_cron_expressions_mean_what_aws_says(expression: str, after: datetime, expected: list[datetime]) -> None:
    assert following(expression, after, len(expected)) == expected


def test_a_cron_finds_days_that_are_many_years_apart() -> None:
    # A fifth Saturday in February: 2020, 2048, 2076.
    assert following("cron(0 0 ? 2 7#5 *)", utc(2021, 1, 1), 2) == [utc(2048, 2, 29), utc(2076, 2, 29)]
    assert following("cron(0 0 29 2 ? *)", utc(2096, 3, 1), 1) == [utc(2104, 2, 29)]


def test_a_cron_may_have_no_more_times() -> None:
    assert following("cron(0 0 1 1 ? 2026)", utc(2026, 1, 1), 1) == []
    assert following("cron(0 0 31 2 ? *)", utc(2026, 1, 1), 1) == []


def _numbers(low: int, high: int) -> st.SearchStrategy[tuple[str, list[int]]]:
    """A field and the numbers that it means."""
    every = list(range(low, high + 1))
    number = st.integers(low, high)
    pairs = st.tuples(number, number).map(sorted)
    return st.one_of(
        st.just(("*", every)),
        number.map(lambda one: (str(one), [one])),
        st.lists(number, min_size=2, max_size=4).map(lambda many: (",".join(map(str, many)), sorted(set(many)))),
        pairs.map(lambda pair: (f"{pair[0]}-{pair[1]}", list(range(pair[0], pair[1] + 1)))),
        st.tuples(number, st.integers(max(low, 1), high)).map(
            lambda pair: (f"{pair[0]}/{pair[1]}", list(range(pair[0], high + 1, pair[1])))
        ),
    )


_DAYS = (rrule.SU, rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA)


@settings(max_examples=150)
@given(
    _numbers(0, 59),
    _numbers(0, 23),
    _numbers(1, 12),
    st.one_of(
        _numbers(1, 28).map(lambda field: (f"{field[0]} %s ?", {"bymonthday": field[1]})),
        st.just(("L %s ?", {"bymonthday": [-1]})),
        st.integers(1, 7).map(lambda day: (f"? %s {day}L", {"byweekday": [_DAYS[day - 1](-1)]})),
        st.tuples(st.integers(1, 7), st.integers(1, 4)).map(
            lambda pair: (f"? %s {pair[0]}#{pair[1]}", {"byweekday": [_DAYS[pair[0] - 1](pair[1])]})
        ),
    ),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  (dateutil's rules are without a zone)
)
def test_a_cron_agrees_with_the_calendar_of_dateutil(
    minutes: tuple[str, list[int]],
    hours: tuple[str, list[int]],
    months: tuple[str, list[int]],
    days: tuple[str, dict],
    instant: datetime,
) -> None:
    expression = f"cron({minutes[0]} {hours[0]} {days[0] % months[0]} *)"
    rule = rrule.rrule(
        rrule.MONTHLY,
        # 1 to 28 and ends of months do not depend on the day, but dateutil starts there.
        dtstart=instant.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
        byminute=minutes[1],
        byhour=hours[1],
        bysecond=[0],
        bymonth=months[1],
        **days[1],
    )
    expected = rule.after(instant)
    assert following(expression, instant.replace(tzinfo=UTC), 1) == [expected.replace(tzinfo=UTC)]


def test_a_time_that_the_wall_clock_skips_does_not_come_due() -> None:
    # In Berlin 02:00 became 03:00 on the 29th of March 2026.
    found = following("cron(30 2 * * ? *)", utc(2026, 3, 27, 12), 3, "Europe/Berlin")
    assert found == [utc(2026, 3, 28, 1, 30), utc(2026, 3, 30, 0, 30), utc(2026, 3, 31, 0, 30)]


def test_a_time_that_the_wall_clock_shows_twice_comes_due_once() -> None:
    # In Berlin 03:00 became 02:00 on the 25th of October 2026.
    found = following("cron(30 2 * * ? *)", utc(2026, 10, 24, 12), 2, "Europe/Berlin")
    assert found == [utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)]
    # Asked in the hour that is there twice, what came in the first does not come again.
    assert following("cron(0/30 * * * ? *)", utc(2026, 10, 25, 0, 45), 1, "Europe/Berlin") == [utc(2026, 10, 25, 2)]


def test_a_time_comes_once_in_its_zone() -> None:
    schedule = schedule_of("at(2026-07-01T12:00:00)", "America/New_York")
    assert schedule.after(START, START) == utc(2026, 7, 1, 16)
    assert schedule.after(utc(2026, 7, 1, 16), START) is None
    assert not schedule.recurs


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "it must be rate"),
        ("every day", "it must be rate"),
        ("rate(5)", "a rate is a positive integer"),
        ("rate(5 seconds)", "a rate is a positive integer"),
        ("rate(-5 minutes)", "a rate is a positive integer"),
        ("rate(1.5 hours)", "a rate is a positive integer"),
        ("rate(0 minutes)", "greater than 0"),
        ("rate(999999999 days) x", "it must be rate"),
        ("cron(0 12 * * *)", "6 required, 5 provided"),
        ("cron(0 12 * * * *)", "must be a question mark"),
        ("cron(0 12 ? * ? *)", "must be a question mark"),
        ("cron(60 12 * * ? *)", "minute"),
        ("cron(0 24 * * ? *)", "hour"),
        ("cron(0 12 32 * ? *)", "day-of-month"),
        ("cron(0 12 * 13 ? *)", "month"),
        ("cron(0 12 ? * 8 *)", "day-of-week"),
        ("cron(0 12 ? * MON#6 *)", "day-of-week"),
        ("cron(0 12 * * ? 1969)", "year"),
        ("cron(0 12 *-5 * ? *)", "cannot be read"),
        ("at(2026-01-01)", "yyyy-mm-ddThh:mm:ss"),
        ("at(2026-02-30T00:00:00)", "yyyy-mm-ddThh:mm:ss"),
        ("at(2026-01-01T00:00:00Z)", "yyyy-mm-ddThh:mm:ss"),
    ],
)
def test_what_is_no_schedule_is_refused_with_the_reason(expression: str, reason: str) -> None:
    with pytest.raises(ProgrammingError, match=reason) as refused:
        schedule_of(expression)
    assert refused.value.code == "ValidationException"
    assert refused.value.message.startswith(f"Invalid Schedule Expression {expression}: ")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "/etc/passwd", "../UTC"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ProgrammingError, match=f"ValidationException: Invalid time zone {zone}"):
        schedule_of("rate(1 day)", zone)
