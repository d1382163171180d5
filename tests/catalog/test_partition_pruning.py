"""Constraints choose the partitions that can hold matching rows, by index or one by one."""

from datetime import date
from decimal import Decimal
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from owlake.catalog import partition_index
from owlake.catalog.codec import encode_values
from owlake.catalog.model import Column, Partition, StorageDescriptor, Table
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.reader import Place
from owlake.catalog.store import Metastore
from owlake.lake.model import Domain, Range

CASES = {
    "text equals": ("string", Domain(frozenset(["b"])), ["a", "b", "c"], ["b"]),
    "text in": ("string", Domain(frozenset(["b", "c", "z"])), ["a", "b", "c"], ["b", "c"]),
    "text range": (
        "string",
        Domain(ranges=(Range("2024-01", "2024-02", True, False),)),
        ["2023-12", "2024-01-31", "2024-02"],
        ["2024-01-31"],
    ),
    "text range without case folding": ("string", Domain(ranges=(Range("a", None),)), ["A", "a", "b"], ["a", "b"]),
    "text beyond the BMP sorts by code point": (
        "string",
        Domain(ranges=(Range("\uffff", None),)),
        ["\ue000", "😀"],
        ["😀"],
    ),
    "two ranges": (
        "string",
        Domain(ranges=(Range(None, "b"), Range("d", None))),
        ["a", "b", "c", "d"],
        ["a", "b", "d"],
    ),
    "a range that is all": ("string", Domain(ranges=(Range(),)), ["a", DEFAULT_PARTITION], ["a"]),
    "nothing": ("string", Domain(frozenset()), ["a"], []),
    "null is not a value": ("string", Domain(ranges=(Range("A", None),)), ["a", DEFAULT_PARTITION], ["a"]),
    "null allowed": (
        "string",
        Domain(frozenset(["a"]), null_allowed=True),
        ["a", "b", DEFAULT_PARTITION],
        [DEFAULT_PARTITION, "a"],
    ),
    "only null": ("int", Domain(frozenset(), null_allowed=True), ["1", DEFAULT_PARTITION], [DEFAULT_PARTITION]),
    "a number is equal however it is written": ("int", Domain(frozenset([5])), ["5", "05", "50"], ["05", "5"]),
    "numbers are ordered as numbers": ("bigint", Domain(ranges=(Range(9, 10),)), ["10", "9", "100"], ["10", "9"]),
    "null is not a number": ("int", Domain(ranges=(Range(0, None),)), ["1", DEFAULT_PARTITION], ["1"]),
    "what is no number must be seen": ("int", Domain(frozenset([5])), ["5", "x", "6"], ["5", "x"]),
    "a number out of the type's range must be seen": ("tinyint", Domain(frozenset([5])), ["5", "300"], ["300", "5"]),
    "dates are ordered as dates": (
        "date",
        Domain(ranges=(Range(date(2024, 1, 9), date(2024, 1, 10)),)),
        ["2024-01-08", "2024-01-09", "2024-1-10"],
        ["2024-01-09", "2024-1-10"],
    ),
    "booleans": ("boolean", Domain(frozenset([True])), ["true", "false"], ["true"]),
    "decimals compare by value": ("decimal(5,2)", Domain(frozenset([Decimal("1.5")])), ["1.50", "1.51"], ["1.50"]),
    "doubles compare by value": ("double", Domain(ranges=(Range(None, 2.0),)), ["1.5", "20", "1e0"], ["1.5", "1e0"]),
    "char ignores blanks at the end": ("char(3)", Domain(frozenset(["a"])), ["a", "a  ", "b"], ["a", "a  "]),
    "bounded text is cut": ("varchar(2)", Domain(frozenset(["ab"])), ["abc", "ab", "ax"], ["ab", "abc"]),
}


def create(metastore: Metastore, keys: list[str], values: list[tuple[str, ...]]) -> None:
    columns = tuple(Column(f"k{position}", type_) for position, type_ in enumerate(keys))
    with metastore.write() as catalog:
        catalog.create_table(Table("default", "t", StorageDescriptor(), columns))
        catalog.create_partitions(
            "default", "t", [Partition(each, StorageDescriptor(location="s3://b")) for each in values]
        )


@pytest.mark.parametrize("case", CASES)
def test_a_domain_lets_through(metastore: Metastore, case: str) -> None:
    type_, domain, values, expected = CASES[case]
    create(metastore, [type_], [(value,) for value in values])
    with metastore.read() as catalog:
        found = catalog.list_partition_values("default", "t", {"k0": domain})
    assert sorted(found) == sorted((value,) for value in expected)


def test_all_domains_must_hold(metastore: Metastore) -> None:
    create(
        metastore,
        ["int", "string", "decimal(3,1)"],
        [("1", "a", "1.5"), ("1", "b", "1.5"), ("2", "a", "1.5"), ("1", "a", "2.5")],
    )
    constraint = {
        "k0": Domain(frozenset([1])),
        "k1": Domain(frozenset(["a"])),
        "k2": Domain(frozenset([Decimal("1.5")])),
    }
    with metastore.read() as catalog:
        assert catalog.list_partition_values("default", "t", constraint) == [("1", "a", "1.5")]
        assert [found.values for found in catalog.list_partitions("default", "t", constraint)] == [("1", "a", "1.5")]


def test_columns_that_are_no_keys_constrain_nothing(metastore: Metastore) -> None:
    create(metastore, ["string"], [("a",)])
    with metastore.read() as catalog:
        assert catalog.list_partition_values("default", "t", {"x": Domain(frozenset(["b"]))}) == [("a",)]


def test_a_list_longer_than_sqlite_takes_still_works(metastore: Metastore) -> None:
    create(metastore, ["int"], [("7",), ("99999",)])
    domain = Domain(frozenset(range(40_000)))
    with metastore.read() as catalog:
        assert catalog.list_partition_values("default", "t", {"k0": domain}) == [("7",)]


def test_a_deleted_partition_is_not_found_by_its_values(metastore: Metastore) -> None:
    create(metastore, ["int"], [("1",), ("01",)])
    with metastore.write() as catalog:
        catalog.delete_partitions("default", "t", [("1",)])
        assert catalog.list_partition_values("default", "t", {"k0": Domain(frozenset([1]))}) == [("01",)]


def test_a_key_that_changes_its_type_is_compared_in_the_new_one(metastore: Metastore) -> None:
    create(metastore, ["string"], [("9",), ("10",)])
    with metastore.write() as catalog:
        catalog.update_table(Table("default", "t", StorageDescriptor(), (Column("k0", "int"),)))
        assert catalog.list_partition_values("default", "t", {"k0": Domain(ranges=(Range(10, None),))}) == [("10",)]


TEXTS = st.one_of(st.integers(-20, 20).map(str), st.sampled_from(["007", "+3", "a", "", "1.0", DEFAULT_PARTITION]))
BOUNDS = st.one_of(st.none(), st.integers(-20, 20))
DOMAINS = st.one_of(
    st.builds(Domain, st.frozensets(st.integers(-20, 20), max_size=4), null_allowed=st.booleans()),
    st.builds(
        Domain,
        ranges=st.lists(st.builds(Range, BOUNDS, BOUNDS, st.booleans(), st.booleans()), max_size=3).map(tuple),
        null_allowed=st.booleans(),
    ),
)


def allowed(domain: Domain, text: str) -> bool:
    """The meaning of a domain over an int key, written down once more."""
    if text == DEFAULT_PARTITION:
        return domain.null_allowed
    try:
        number = int(text)
    except ValueError:
        return True
    if domain.values is not None:
        return number in domain.values
    return any(
        (range_.low is None or number > range_.low or (range_.low_inclusive and number == range_.low))
        and (range_.high is None or number < range_.high or (range_.high_inclusive and number == range_.high))
        for range_ in domain.ranges or ()
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.frozensets(TEXTS, max_size=12), DOMAINS)
def test_the_index_chooses_what_the_domain_means(metastore: Metastore, texts: frozenset[str], domain: Domain) -> None:
    with metastore.write() as catalog:
        if catalog.find_table("default", "t"):
            catalog.delete_table("default", "t")
    create(metastore, ["int"], [(text,) for text in texts])
    with metastore.read() as catalog:
        found = catalog.list_partition_values("default", "t", {"k0": domain})
    assert {value for (value,) in found} == {text for text in texts if allowed(domain, text)}


KEYS = (st.sampled_from("abcd"), st.sampled_from(["1", "2", "03", "3", "x", DEFAULT_PARTITION]), st.sampled_from("pq"))
TEXT_DOMAINS = st.one_of(
    st.builds(Domain, st.frozensets(st.sampled_from("abcdpq"), max_size=3), null_allowed=st.booleans()),
    st.builds(lambda low: Domain(ranges=(Range(low, None), Range(None, "b"))), st.sampled_from("abcd")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.frozensets(st.tuples(*KEYS), max_size=25),
    constraint=st.fixed_dictionaries({}, optional={"k0": TEXT_DOMAINS, "k1": DOMAINS, "k2": TEXT_DOMAINS}),
    many=st.sampled_from([1, 3, 8, 100_000]),
    after=st.one_of(st.none(), st.tuples(*KEYS)),
    shares=st.integers(1, 3),
)
def test_whatever_key_leads_the_same_partitions_are_found(
    metastore: Metastore,
    rows: frozenset[tuple[str, ...]],
    constraint: dict[str, Domain],
    many: int,
    after: tuple[str, ...] | None,
    shares: int,
) -> None:
    """Keys lead by how many partitions they leave: with few that count as many, every way of reading is gone."""
    with metastore.write() as catalog:
        if catalog.find_table("default", "t"):
            catalog.delete_table("default", "t")
    create(metastore, ["string", "int", "string"], list(rows))
    expected = sorted(
        (row for row in rows if all(passes(domain, row[int(key[1])], key) for key, domain in constraint.items())),
        key=encode_values,
    )
    following = [row for row in expected if after is None or encode_values(row) > encode_values(after)]
    with mock.patch.object(partition_index, "_MANY", many), metastore.read() as catalog:
        assert [one.values for one in catalog.list_partitions("default", "t", constraint)] == expected
        found = [
            [one.values for one in catalog.iterate_partitions("default", "t", constraint, Place(after, share, shares))]
            for share in range(shares)
        ]
    assert all(one == sorted(one, key=encode_values) for one in found)
    assert sorted((row for one in found for row in one), key=encode_values) == following


def passes(domain: Domain, text: str, key: str) -> bool:
    if key == "k1":
        return allowed(domain, text)
    if domain.values is not None:
        return text in domain.values
    (low, high) = domain.ranges or ()
    return text >= str(low.low) or text <= str(high.high)
