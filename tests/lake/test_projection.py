"""Rules: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.catalog.model import Column, StorageDescriptor, Table
from owlake.errors import OwlakeError
from owlake.lake.model import Domain, Range
from owlake.lake.projection import is_enabled, project

NOW = datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)


def moment(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001  (a moment of UTC, without saying so)


def table(columns: dict[str, tuple[str, dict[str, str]]], **parameters: str) -> Table:
    """Columns: name to (Hive type, properties without ``projection.<name>.``)."""
    properties = {"projection.enabled": "true", **parameters}
    for name, (_, own) in columns.items():
        properties |= {f"projection.{name}.{key}": value for key, value in own.items()}
    keys = tuple(Column(name, type_) for name, (type_, _) in columns.items())
    return Table("db", "t", StorageDescriptor(location="s3://b/t"), keys, parameters=properties)


def one(type_: str, **properties: str) -> Table:
    return table({"c": (type_, {key.replace("_", "."): value for key, value in properties.items()})})


def projected(projected_table: Table, constraint: dict[str, Domain] | None = None, now: datetime = NOW) -> list:
    return [partition.values for partition in project(projected_table, constraint or {}, lambda: now)]


def values_of(projected_table: Table, domain: Domain | None = None) -> list[str]:
    constraint = {} if domain is None else {"c": domain}
    return [values[0] for values in projected(projected_table, constraint)]


def points(*values: object) -> Domain:
    return Domain(values=frozenset(values))


def between(
    low: object = None, high: object = None, *, low_inclusive: bool = True, high_inclusive: bool = True
) -> Domain:
    return Domain(ranges=(Range(low, high, low_inclusive, high_inclusive),))


def test_projection_is_on_only_where_the_property_says_true():
    assert is_enabled(one("string", type="enum", values="a"))
    assert is_enabled(table({"c": ("string", {})}, **{"projection.enabled": "TRUE"}))
    assert not is_enabled(table({"c": ("string", {})}, **{"projection.enabled": "yes"}))
    assert not is_enabled(table({}, **{"projection.enabled": "true"}))


class TestEnum:
    def test_blanks_belong_to_the_values(self):
        assert values_of(one("string", type=" Enum ", values="A, B,C ")) == ["A", " B", "C "]

    def test_repeated_values_count_once(self):
        assert values_of(one("string", type="enum", values="a,b,a")) == ["a", "b"]

    def test_values_are_compared_in_the_columns_type(self):
        assert values_of(one("int", type="enum", values="5,10,20"), between(6)) == ["10", "20"]

    def test_the_default_partition_is_null(self):
        default = one("string", type="enum", values="a,__HIVE_DEFAULT_PARTITION__")
        assert values_of(default) == ["a", None]
        assert values_of(default, points("a")) == ["a"]
        assert values_of(default, Domain(values=frozenset(), null_allowed=True)) == [None]

    def test_a_value_that_does_not_convert_is_refused(self):
        with pytest.raises(OwlakeError, match="HIVE_INVALID_PARTITION_VALUE: Invalid partition value 'x' for INTEGER"):
            values_of(one("int", type="enum", values="1,x"))


class TestInteger:
    def test_both_ends_count(self):
        assert values_of(one("int", type="integer", range=" 1 , 3 ")) == ["1", "2", "3"]

    def test_an_interval_steps_from_the_left_end(self):
        assert values_of(one("int", type="integer", range="5,30", interval="10")) == ["5", "15", "25"]

    def test_digits_pad_with_zeros(self):
        assert values_of(one("string", type="integer", range="8,11", digits="2")) == ["08", "09", "10", "11"]

    def test_zeros_in_the_range_pad_nothing(self):
        assert values_of(one("string", type="integer", range="0001,0003")) == ["1", "2", "3"]

    def test_negative_ends(self):
        assert values_of(one("int", type="integer", range="-2,1")) == ["-2", "-1", "0", "1"]

    def test_the_full_range_of_a_long_can_be_asked_for_one_value(self):
        everything = one("bigint", type="integer", range=f"{-(2**63)},{2**63 - 1}")
        assert values_of(everything, points(4711)) == ["4711"]
        assert values_of(everything, between(2**63 - 2)) == [str(2**63 - 2), str(2**63 - 1)]

    def test_text_columns_compare_as_text(self):
        assert values_of(one("string", type="integer", range="1,12"), between("10", "2")) == ["2", "10", "11", "12"]
        assert values_of(one("string", type="integer", range="1,12"), points("01")) == []


class TestDate:
    def test_days(self):
        days = one("string", type="date", format="yyyy-MM-dd", range="2021-02-27,2021-03-02")
        assert values_of(days) == ["2021-02-27", "2021-02-28", "2021-03-01", "2021-03-02"]

    def test_months_are_the_default_for_formats_without_a_day(self):
        assert values_of(one("string", type="date", format="yyyy-MM", range="2020-11,NOW")) == [
            "2020-11", "2020-12", "2021-01", "2021-02", "2021-03",
        ]  # fmt: skip

    @pytest.mark.parametrize("bound", ["NOW", " NOW ", "NOW+0DAYS"])
    def test_now_is_cut_to_what_the_format_prints(self, bound):
        days = one("string", type="date", format="yyyy/MM/dd", range=f"2021/03/03,{bound}")
        assert values_of(days) == ["2021/03/03", "2021/03/04"]

    @pytest.mark.parametrize(
        ("bound", "first"),
        [
            ("NOW-3DAYS", "2021-03-01"),
            ("NOW - 1 DAY", "2021-03-03"),
            ("now-1week", "2021-02-25"),
            ("NOW-1MONTHS", "2021-02-04"),
            ("NOW-1YEARS", "2020-03-04"),
            ("NOW-6HOURS", "2021-03-03"),
            ("NOW-307MINUTES", "2021-03-03"),
            ("NOW-18368SECONDS", "2021-03-03"),
        ],
    )
    def test_now_with_a_distance(self, bound, first):
        days = one("string", type="date", format="yyyy-MM-dd", range=f"{bound},NOW")
        assert values_of(days)[0] == first
        assert values_of(days)[-1] == "2021-03-04"

    def test_now_may_lie_ahead(self):
        assert values_of(one("string", type="date", format="yyyy-MM-dd", range="NOW,NOW+1DAYS")) == [
            "2021-03-04", "2021-03-05",
        ]  # fmt: skip

    def test_hours(self):
        hours = one(
            "string", type="date", format="yyyy/MM/dd/HH", range="2021/03/03/22,2021/03/04/01",
            interval="1", interval_unit="hours",
        )  # fmt: skip
        assert values_of(hours) == ["2021/03/03/22", "2021/03/03/23", "2021/03/04/00", "2021/03/04/01"]

    def test_an_interval_of_months_keeps_to_the_last_day_of_shorter_months(self):
        assert values_of(
            one("string", type="date", format="yyyy-MM-dd", range="2021-01-31,2021-05-01", interval_unit="MONTHS")
        ) == ["2021-01-31", "2021-02-28", "2021-03-31", "2021-04-30"]

    def test_weeks_and_years(self):
        weeks = one("string", type="date", format="yyyy-MM-dd", range="2021-01-01,2021-01-20", interval_unit="WEEKS")
        assert values_of(weeks) == ["2021-01-01", "2021-01-08", "2021-01-15"]
        years = one("string", type="date", format="yyyy", range="2019,NOW", interval="1", interval_unit="YEARS")
        assert values_of(years) == ["2019", "2020", "2021"]

    def test_a_step_finer_than_the_format_gives_each_text_once(self):
        days = one("string", type="date", format="yyyy-MM-dd", range="2021-01-01,2021-01-02", interval_unit="HOURS")
        assert values_of(days) == ["2021-01-01", "2021-01-02"]

    def test_a_date_column_is_compared_as_a_date_and_located_by_its_format(self):
        days = one("date", type="date", format="yyyy/MM/dd", range="2021/01/01,2021/12/31")
        (partition,) = project(days, {"c": points(date(2021, 5, 6))}, lambda: NOW)
        assert partition.values == ("2021-05-06",)
        assert partition.storage.location == "s3://b/t/c=2021%2F05%2F06/"

    def test_a_timestamp_column_is_compared_as_a_timestamp(self):
        hours = one(
            "timestamp", type="date", format="yyyy-MM-dd HH", range="2021-01-01 00,2021-01-02 00", interval_unit="HOURS"
        )
        assert values_of(hours, between(moment(2021, 1, 1, 22, 30))) == ["2021-01-01 23:00:00", "2021-01-02 00:00:00"]
        assert values_of(hours, points(datetime(2021, 1, 1, 2, tzinfo=UTC))) == ["2021-01-01 02:00:00"]

    def test_an_integer_column_takes_formats_of_digits(self):
        assert values_of(one("int", type="date", format="yyyyMMdd", range="20210227,20210302"), between(20210301)) == [
            "20210301", "20210302",
        ]  # fmt: skip

    def test_formats_out_of_order_are_found_too(self):
        days = one("string", type="date", format="dd.MM.yyyy", range="01.01.2000,31.12.2021")
        assert values_of(days, points("29.02.2020", "30.02.2020", "x")) == ["29.02.2020"]
        assert len(values_of(days, between("31.12.", "31.12.2001"))) == 2


class TestInjected:
    def test_the_values_are_the_querys(self):
        assert values_of(one("string", type="injected"), points("b", "a/c")) == ["a/c", "b"]

    @pytest.mark.parametrize(
        "domain", [None, between("a", "b"), Domain(values=frozenset()), points(*map(str, range(1001)))]
    )
    def test_anything_but_constants_is_refused(self, domain):
        text = (
            "CONSTRAINT_VIOLATION: Injected projected partition column c must have only"
            r" \(and at least one\) equality conditions in the WHERE clause!"
        )
        with pytest.raises(OwlakeError, match=text):
            values_of(one("string", type="injected"), domain)


class TestLocations:
    def locations(self, projected_table: Table) -> list[str]:
        return [partition.storage.location for partition in project(projected_table, {}, lambda: NOW)]

    def test_hives_folders_without_a_template(self):
        two = table(
            {"a": ("string", {"type": "enum", "values": "x:y"}), "b": ("int", {"type": "integer", "range": "1,2"})}
        )
        assert self.locations(two) == ["s3://b/t/a=x%3Ay/b=1/", "s3://b/t/a=x%3Ay/b=2/"]

    def test_a_template_takes_the_text_as_it_is_and_may_repeat_it(self):
        one_column = table(
            {"a": ("string", {"type": "enum", "values": "x:y"})},
            **{"storage.location.template": "s3://other/${a}/data-${a}/"},
        )
        assert self.locations(one_column) == ["s3://other/x:y/data-x:y/"]

    def test_the_last_column_changes_fastest(self):
        two = table(
            {"a": ("int", {"type": "integer", "range": "1,2"}), "b": ("int", {"type": "integer", "range": "1,2"})},
            **{"storage.location.template": "s3://b/${b}/${a}"},
        )
        assert self.locations(two) == ["s3://b/1/1/", "s3://b/2/1/", "s3://b/1/2/", "s3://b/2/2/"]

    def test_each_partition_is_stored_as_the_table_is(self):
        described = table({"a": ("int", {"type": "integer", "range": "1,1"})})
        (partition,) = project(described, {}, lambda: NOW)
        assert partition.storage.serde == described.storage.serde


class TestRefusals:
    @pytest.mark.parametrize(
        "properties",
        [
            {"type": "text"},
            {"type": "enum"},
            {"type": "enum", "values": ""},
            {"type": "integer"},
            {"type": "integer", "range": "1"},
            {"type": "integer", "range": "1,2,3"},
            {"type": "integer", "range": "1,x"},
            {"type": "integer", "range": "2,1"},
            {"type": "integer", "range": "NOW,NOW"},
            {"type": "integer", "range": f"0,{2**63}"},
            {"type": "integer", "range": "1,2", "interval": "0"},
            {"type": "integer", "range": "1,2", "digits": "-1"},
            {"type": "date", "range": "2021-01-01,NOW"},
            {"type": "date", "format": "yyyy-MM-dd"},
            {"type": "date", "format": "yyyy-MM-dd", "range": "2021-01-01"},
            {"type": "date", "format": "yyyy-MM-dd", "range": "2021-01-01, 2021-01-02"},
            {"type": "date", "format": "yyyy-MM-dd", "range": "2021-01-02,2021-01-01"},
            {"type": "date", "format": "yyyy-MM-dd", "range": "NOW-DAYS,NOW"},
            {"type": "date", "format": "YYYY-MM-dd", "range": "2021-01-01,NOW"},
            {"type": "date", "format": "yyyy-MM-dd-HH", "range": "2021-01-01-00,NOW"},
            {"type": "date", "format": "yyyy-MM-dd", "range": "2021-01-01,NOW", "interval.unit": "FORTNIGHTS"},
            {"type": "date", "format": "yyyy-MM-dd", "range": "2021-01-01,NOW", "interval": "1.5"},
        ],
    )
    def test_a_bad_property_fails_the_query(self, properties):
        with pytest.raises(OwlakeError, match="INVALID_TABLE_PROPERTY: Partition projection of column 'c'") as caught:
            projected(table({"c": ("string", properties)}))
        assert (caught.value.category, caught.value.type) == (2, 1103)

    def test_an_injected_column_is_text(self):
        with pytest.raises(OwlakeError, match="INVALID_TABLE_PROPERTY"):
            values_of(one("int", type="injected"), points(1))

    def test_columns_without_a_type_are_listed(self):
        text = (
            "HIVE_METASTORE_ERROR: Table db.t is configured for partition projection, but the following partition"
            r" columns are missing projection configuration: \[a, c\] \(table db.t\)"
        )
        with pytest.raises(OwlakeError, match=text):
            projected(table({"a": ("int", {}), "b": ("int", {"type": "enum", "values": "1"}), "c": ("int", {})}))

    @pytest.mark.parametrize("template", ["s3://b/x/", "s3://b/${c}/${d}/"])
    def test_a_template_has_every_column_and_no_other(self, template):
        with pytest.raises(OwlakeError, match=r"INVALID_TABLE_PROPERTY: Property 'storage\.location\.template'"):
            projected(table({"c": ("int", {"type": "enum", "values": "1"})}, **{"storage.location.template": template}))

    def test_too_many_partitions_are_refused_with_the_column_to_constrain(self):
        wide = table(
            {
                "year": ("int", {"type": "integer", "range": "2000,2020"}),
                "id": ("int", {"type": "integer", "range": "1,1000000"}),
            }
        )
        with pytest.raises(OwlakeError, match="HIVE_EXCEEDED_PARTITION_LIMIT") as caught:
            projected(wide)
        assert "Constrain id in" in (caught.value.hint or "")
        assert len(projected(wide, {"id": points(7)})) == 21


def test_properties_are_found_whatever_their_case():
    assert values_of(table({"c": ("int", {})}, **{"projection.C.type": "enum", "Projection.c.Values": "1,2"})) == [
        "1",
        "2",
    ]


def test_one_day_out_of_ten_years_of_hours_is_24_values():
    hours = one(
        "string", type="date", format="yyyy/MM/dd/HH", range="2014/01/01/00,2023/12/31/23", interval_unit="HOURS"
    )
    domain = between("2020/05/01", "2020/05/02", high_inclusive=False)
    assert len(values_of(hours, domain)) == 24


@st.composite
def domains(draw, values):
    """A domain over some of the values and their surroundings."""
    some = st.sampled_from(values)
    if draw(st.booleans()):
        return Domain(values=frozenset(draw(st.lists(some, max_size=4))))
    ranges = []
    for _ in range(draw(st.integers(1, 3))):
        low, high = draw(st.none() | some), draw(st.none() | some)
        ranges.append(Range(low, high, draw(st.booleans()), draw(st.booleans())))
    return Domain(ranges=tuple(ranges))


def passes(domain: Domain, value) -> bool:
    if domain.values is not None:
        return value in domain.values
    for range_ in domain.ranges:
        above = range_.low is None or value > range_.low or (range_.low_inclusive and value == range_.low)
        below = range_.high is None or value < range_.high or (range_.high_inclusive and value == range_.high)
        if above and below:
            return True
    return False


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_integers_are_those_that_trying_every_one_finds(data):
    first = data.draw(st.integers(-1200, 1200))
    last = first + data.draw(st.integers(0, 2500))
    step = data.draw(st.integers(1, 130))
    digits = data.draw(st.none() | st.integers(1, 5))
    texts = [str(number).zfill(digits or 0) for number in range(first, last + 1, step)]
    properties = {"type": "integer", "range": f"{first},{last}", "interval": str(step)}
    if digits:
        properties["digits"] = str(digits)
    as_text = data.draw(st.booleans())
    typed = texts if as_text else [int(text) for text in texts]
    strangers = ["", "1", "-1", "x", "00", "999"] if as_text else [0, -5, 10**6]
    domain = data.draw(domains([*typed, *strangers]))
    expected = [text for text, value in zip(texts, typed, strict=True) if passes(domain, value)]
    found = values_of(table({"c": ("string" if as_text else "bigint", properties)}), domain)
    assert found == expected


FORMATS = {
    "yyyy-MM-dd": "%Y-%m-%d",
    "yyyy/MM/dd/HH": "%Y/%m/%d/%H",
    "yyyyMMddHHmm": "%Y%m%d%H%M",
    "dd.MM.yyyy": "%d.%m.%Y",
    "HH 'on' dd MMM yyyy": "%H on %d %b %Y",
    "yyyy-DDD": "%Y-%j",
}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_dates_are_those_that_trying_every_one_finds(data):
    pattern, directives = data.draw(st.sampled_from(list(FORMATS.items())))
    first = moment(2019, 12, 30) + timedelta(days=data.draw(st.integers(0, 400)))
    last = first + timedelta(days=data.draw(st.integers(0, 40)))
    unit, span = data.draw(st.sampled_from([("DAYS", timedelta(days=1)), ("HOURS", timedelta(hours=1))]))
    interval = data.draw(st.integers(1, 30))
    texts = []
    each = first
    while each <= last:
        if (text := each.strftime(directives)) not in texts:
            texts.append(text)
        each += interval * span
    properties = {
        "type": "date", "format": pattern, "interval": str(interval), "interval.unit": unit,
        "range": f"{first.strftime(directives)},{last.strftime(directives)}",
    }  # fmt: skip
    domain = data.draw(domains([*texts, "", "2020", "2020-01-15", "20200115", "15", "z"]))
    found = values_of(table({"c": ("string", properties)}), domain)
    assert sorted(found) == sorted(text for text in texts if passes(domain, text))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_date_columns_are_those_that_trying_every_one_finds(data):
    first = date(2019, 12, 30) + timedelta(days=data.draw(st.integers(0, 400)))
    days = [first + timedelta(days=number) for number in range(data.draw(st.integers(1, 60)))]
    properties = {"type": "date", "format": "d.M.yyyy", "range": f"{first:%d.%m.%Y},{days[-1]:%d.%m.%Y}"}
    domain = data.draw(domains([*days, date(2000, 1, 1), date(2030, 1, 1)]))
    found = values_of(table({"c": ("date", properties)}), domain)
    assert found == [day.isoformat() for day in days if passes(domain, day)]
