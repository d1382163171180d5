"""Expected texts: java.time.format.DateTimeFormatter's documentation, for 2021-03-04T05:06:07.089 (a Thursday)."""

from __future__ import annotations

from datetime import datetime

import pytest

from owlake.lake.projection.patterns import PatternError, TextError, compile_pattern


def moment(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001  (a moment of UTC, without saying so)


MOMENT = moment(2021, 3, 4, 5, 6, 7, 89_000)
AFTERNOON = moment(2021, 12, 31, 23, 59, 58)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd", "2021-03-04"),
        ("yyyy/MM/dd/HH", "2021/03/04/05"),
        ("yyyyMMddHHmmss", "20210304050607"),
        ("uuuu-M-d", "2021-3-4"),
        ("yy-MM", "21-03"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2021-03-04T05:06:07.089"),
        ("'dt='yyyy", "dt=2021"),
        ("yyyy''MM", "2021'03"),
        ("'o''clock' yyyy", "o'clock 2021"),
        ("dd MMM yyyy", "04 Mar 2021"),
        ("MMMM d, y", "March 4, 2021"),
        ("EEE, yyyy-MM-dd", "Thu, 2021-03-04"),
        ("EEEE yyyy-MM-dd", "Thursday 2021-03-04"),
        ("yyyy-DDD", "2021-063"),
        ("yyyy-D", "2021-63"),
        ("yyyy-'Q'Q", "2021-Q1"),
        ("yyyy QQQ", "2021 Q1"),
        ("yyyy[-MM]", "2021-03"),
        ("yyyy-MM-dd'T'HHX", "2021-03-04T05Z"),
        ("yyyy-MM-dd HH:mm xxx", "2021-03-04 05:06 +00:00"),
        ("G yyyy", "AD 2021"),
    ],
)
def test_a_moment_is_printed_as_java_prints_it(pattern, text):
    assert compile_pattern(pattern).format(MOMENT) == text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("h a", "11 PM"), ("hh a", "11 PM"), ("K", "11"), ("k", "23"), ("HH", "23")],
)
def test_the_hours_of_the_afternoon(pattern, text):
    assert compile_pattern(f"yyyy {pattern}").format(AFTERNOON) == f"2021 {text}"


def test_midnight_is_the_twelfth_and_the_twenty_fourth_hour():
    assert compile_pattern("yyyy h k K").format(moment(2021, 1, 1)) == "2021 12 24 0"


@pytest.mark.parametrize(
    ("pattern", "text", "moment"),
    [
        ("yyyy-MM-dd", "2021-03-04", moment(2021, 3, 4)),
        ("yyyy-MM", "2021-03", moment(2021, 3, 1)),
        ("yyyy", "2021", moment(2021, 1, 1)),
        ("yyyyMMddHH", "2021030405", moment(2021, 3, 4, 5)),
        ("d/M/yy", "4/3/21", moment(2021, 3, 4)),
        ("dd MMM yyyy", "04 Mar 2021", moment(2021, 3, 4)),
        ("yyyy-DDD", "2020-366", moment(2020, 12, 31)),
        ("yyyy-MM-dd hh a", "2021-03-04 12 AM", moment(2021, 3, 4)),
        ("yyyy-MM-dd hh a", "2021-03-04 11 PM", moment(2021, 3, 4, 23)),
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2021-03-04T05:06:07.089", MOMENT),
        ("yyyy[-MM]", "2021", moment(2021, 1, 1)),
        # The smart resolver of Java takes the last day of a shorter month.
        ("yyyy-MM-dd", "2021-02-31", moment(2021, 2, 28)),
    ],
)
def test_a_text_is_read_back(pattern, text, moment):
    assert compile_pattern(pattern).parse(text) == moment


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd", "2021-3-4"),
        ("yyyy-MM-dd", " 2021-03-04"),
        ("yyyy-MM-dd", "2021-13-01"),
        ("yyyy-MM-dd", "2021-01-32"),
        ("yyyy-MM-dd", "2021-01-01 "),
        ("yyyy-MM-dd HH", "2021-01-01 24"),
        ("yyyy-DDD", "2021-366"),
        ("EEE yyyy-MM-dd", "Mon 2021-03-04"),
    ],
)
def test_a_text_that_is_no_date_of_the_pattern_is_refused(pattern, text):
    with pytest.raises(TextError):
        compile_pattern(pattern).parse(text)


@pytest.mark.parametrize(
    "pattern", ["MM-dd", "YYYY-ww", "yyyy-'MM", "yyyy-{", "yyyy[-MM", "yyyy]", "yyyy-ddd", "yyyyj", ""]
)
def test_a_pattern_that_no_date_can_be_read_back_from_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "is_ordered"),
    [
        ("yyyy-MM-dd", True),
        ("yyyyMMddHHmm", True),
        ("yyyy/'month='MM", True),
        ("yyyy-M", False),
        ("dd-MM-yyyy", False),
        ("yy-MM", False),
        ("yyyy-dd", False),
        ("yyyy MMM", False),
        ("yyyy-MM-dd hh", False),
    ],
)
def test_texts_order_as_moments_do_exactly_where_the_fields_stand_padded_and_in_order(pattern, is_ordered):
    assert compile_pattern(pattern).is_ordered is is_ordered
