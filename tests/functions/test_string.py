"""Kernels and native SQL of the string functions, held to Python's own strings."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlake.functions.distinct import once_per_value
from owlake.functions.octets import code_points, from_code_points, octets
from owlake.functions.string import basics, distances, letters, splitting

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TEXTS = st.lists(st.none() | TEXT, min_size=1, max_size=12)


def column(values):
    return pa.array(values, pa.string())


def each(values, function):
    return [None if value is None else function(value) for value in values]


@given(TEXTS)
def test_characters_survive_the_way_to_numbers_and_back(values):
    source = octets(column(values))
    points, offsets = code_points(source)
    assert from_code_points(points, offsets, source.present).array(pa.string()).to_pylist() == values


@given(TEXTS, st.integers(-15, 15), st.integers(-2, 15))
def test_substrings_count_code_points(values, start, length):
    def part(value):
        if start == 0 or length <= 0 or start < -len(value):
            return ""
        first = start - 1 if start > 0 else len(value) + start
        return value[first : first + length]

    found = basics._substring_of_rows(column(values), pa.scalar(start), pa.scalar(length))
    assert found.to_pylist() == each(values, part)


@given(st.lists(st.none() | st.text("aé💰", max_size=12), min_size=1), st.text("aé💰", min_size=1, max_size=3),
       st.integers(-4, 4).filter(bool))  # fmt: skip
def test_the_nth_occurrence_may_overlap_others(values, needle, instance):
    def place(value):
        found = [index for index in range(len(value)) if value.startswith(needle, index)]
        index = instance - 1 if instance > 0 else len(found) + instance
        return found[index] + 1 if 0 <= index < len(found) else 0

    found = basics.position_of_instance(column(values), pa.scalar(needle), pa.scalar(instance))
    assert found.to_pylist() == each(values, place)


@given(TEXTS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_normal_forms_are_unicodes(values, form):
    # Characters that Python's tables do not know yet are left out: theirs are another version of Unicode's.
    known = each(values, lambda value: "".join(one for one in value if unicodedata.category(one) != "Cn"))
    found = letters.normalize(column(known), pa.scalar(form)).to_pylist()
    assert found == each(known, lambda value: unicodedata.normalize(form, value))


@given(st.lists(st.none() | st.binary(max_size=12), min_size=1))
def test_bytes_become_text_where_they_are_utf_8(values):
    found = letters.from_utf8(pa.array(values, pa.binary()))
    for value, text in zip(values, found if isinstance(found, list) else found.to_pylist(), strict=True):
        if value is None:
            assert text is None
        elif _is_utf8(value):
            assert text == value.decode()
        else:
            assert "\ufffd" in text


def _is_utf8(value):
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(TEXTS, st.sampled_from([",", "--", "é"]), st.integers(1, 5))
def test_parts_are_those_of_a_split(values, delimiter, number):
    found = splitting._part_of_rows(column(values), pa.scalar(delimiter), pa.scalar(number)).to_pylist()
    assert found == each(values, lambda value: dict(enumerate(value.split(delimiter))).get(number - 1))


ENTRIES = st.dictionaries(st.text("ab", max_size=3), st.text("xy", max_size=3), min_size=1, max_size=4)


@given(st.lists(st.none() | ENTRIES, min_size=1))
def test_entries_become_a_map(values):
    written = each(values, lambda entries: ";".join(f"{key}={value}" for key, value in entries.items()))
    found = splitting.split_to_map(column(written), pa.scalar(";"), pa.scalar("="))
    assert found.to_pylist(maps_as_pydicts="strict") == values


PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.text("xy", max_size=2)), max_size=5)


@given(st.lists(st.none() | PAIRS, min_size=1))
def test_entries_of_one_key_become_a_list(values):
    written = each(values, lambda pairs: ";".join(f"{key}={value}" for key, value in pairs))
    expected = each(values, lambda pairs: {key: [b for a, b in pairs if a == key] for key, _ in pairs})
    found = splitting.split_to_multimap(column(written), pa.scalar(";"), pa.scalar("="))
    assert found.to_pylist(maps_as_pydicts="strict") == expected


@given(st.lists(st.none() | st.text("ABCDHWYZaeh '1", max_size=10), min_size=1))
def test_the_sound_of_ascii_columns_is_that_of_each_text(values):
    assert distances.soundex(column(values)).to_pylist() == each(values, distances._soundex)


@given(st.lists(st.none() | st.text("0123456789", max_size=20), min_size=1))
def test_digits_check_as_they_do_one_by_one(values):
    def check(digits):
        doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
        return bool(digits) and sum(digit - 9 * (digit > 9) for digit in doubled) % 10 == 0

    assert distances.luhn_check(column(values)).to_pylist() == each(values, check)


@given(st.lists(st.tuples(TEXT, st.integers(0, 3)), min_size=1, max_size=5))
def test_the_hamming_distance_counts_places_that_differ(pairs):
    first = [text for text, _ in pairs]
    second = ["x" * min(count, len(text)) + text[count:] for text, count in pairs]
    expected = [sum(a != b for a, b in zip(one, other, strict=True)) for one, other in zip(first, second, strict=True)]
    assert distances.hamming_distance(column(first), column(second)).to_pylist() == expected


@pytest.mark.parametrize("distinct", [3, 2000])
def test_what_is_computed_once_per_value_is_the_same_for_few_and_many_values(distinct):
    values = [None if index % 7 == 0 else f"v{index % distinct}" for index in range(3000)]
    found = once_per_value(column(values), lambda some: [value.upper() for value in some], pa.string())
    assert found.to_pylist() == each(values, str.upper)
