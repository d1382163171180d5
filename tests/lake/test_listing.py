"""Rules: https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html."""

from __future__ import annotations

import pytest

from owlake.lake.listing import list_data_files
from owlake.lake.model import Domain, Range


def everything(_uri: str, _fingerprint: tuple[int, int]) -> bool:
    return True


def listed(storage, location, is_visible=everything, paths=None) -> list[str]:
    (files,) = list_data_files(storage, [location], is_visible, paths)
    return [file.uri.removeprefix("s3://lake/") for file in files]


def put(storage, *keys: str, content: bytes = b"x") -> None:
    for key in keys:
        storage.write(f"s3://lake/{key}", content)


def test_files_come_at_every_depth_sorted(any_storage):
    put(any_storage, "t/b", "t/a/z", "t/a=1/b=2/c", "u/a")
    assert listed(any_storage, "s3://lake/t/") == ["t/a/z", "t/a=1/b=2/c", "t/b"]


def test_what_begins_with_an_underscore_or_a_dot_is_hidden_with_all_below(any_storage):
    put(any_storage, "t/_SUCCESS", "t/.crc", "t/_tmp/a", "t/x/.hidden/b", "t/a_b.c", "t/x/y")
    assert listed(any_storage, "s3://lake/t/") == ["t/a_b.c", "t/x/y"]


def test_a_location_below_a_hidden_folder_is_read(storage):
    put(storage, "_raw/t/a")
    assert listed(storage, "s3://lake/_raw/t/") == ["_raw/t/a"]


def test_empty_folder_markers_are_no_files(storage):
    put(storage, "t/x_$folder$", content=b"")
    put(storage, "t/y_$folder$", content=b"rows")
    assert listed(storage, "s3://lake/t/") == ["t/y_$folder$"]


def test_a_missing_location_is_empty(any_storage):
    assert listed(any_storage, "s3://lake/nothing/") == []


def test_what_the_snapshot_hides_is_not_listed(storage):
    put(storage, "t/a", "t/b")
    assert listed(storage, "s3://lake/t/", lambda uri, _: not uri.endswith("/b")) == ["t/a"]


def test_locations_are_answered_in_their_order(any_storage):
    put(any_storage, "t/x=2/b", "t/x=1/a")
    locations = ["s3://lake/t/x=2/", "s3://lake/t/x=9/", "s3://lake/t/x=1/"]
    found = list_data_files(any_storage, locations, everything)
    assert [[file.uri for file in files] for files in found] == [["s3://lake/t/x=2/b"], [], ["s3://lake/t/x=1/a"]]


class NoListing:
    """A storage that tells which folders were listed."""

    def __init__(self, storage):
        self.storage, self.endpoint, self.asked = storage, storage.endpoint, []

    def list_files(self, uri):
        self.asked.append(uri)
        return self.storage.list_files(uri)

    def file(self, uri):
        return self.storage.file(uri)


def test_a_path_named_by_the_statement_is_looked_up_without_listing(storage):
    put(storage, "t/a", "t/b", "t/_c")
    watched = NoListing(storage)
    paths = Domain(values=frozenset(["s3://lake/t/a", "s3://lake/t/_c", "s3://lake/u/z", "s3://lake/t/absent"]))
    found = list_data_files(watched, ["s3://lake/t/"], everything, paths)
    assert [file.uri for file in found[0]] == ["s3://lake/t/a"]
    assert watched.asked == []


@pytest.mark.parametrize(
    ("range_", "folders"),
    [
        (Range("s3://lake/t/x=2", "s3://lake/t/x=3", high_inclusive=False), ["x=2"]),
        (Range("s3://lake/t/x=2/b"), ["x=2", "x=3"]),
        (Range(None, "s3://lake/t/x=1/zzz"), ["x=1"]),
        (Range("s3://other/"), []),
    ],
)
def test_only_folders_that_the_paths_can_lie_in_are_listed(storage, range_, folders):
    put(storage, "t/x=1/a", "t/x=2/b", "t/x=3/c")
    watched = NoListing(storage)
    locations = [f"s3://lake/t/x={number}/" for number in (1, 2, 3)]
    found = list_data_files(watched, locations, everything, Domain(ranges=(range_,)))
    assert watched.asked == [f"s3://lake/t/{folder}/" for folder in folders]
    expected = {"x=1": "a", "x=2": "b", "x=3": "c"}
    names = [file.uri for files in found for file in files]
    assert names == [f"s3://lake/t/{folder}/{expected[folder]}" for folder in folders]
