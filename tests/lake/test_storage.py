from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from owlake.errors import OwlakeError
from owlake.lake.model import DataFile


def names(files: list[DataFile]) -> list[str]:
    return sorted(file.uri for file in files)


def test_files_are_listed_at_every_depth_with_their_sizes(any_storage):
    any_storage.write("s3://lake/t/a.csv", b"abc")
    any_storage.write("s3://lake/t/x=1/y=2/b.csv", b"")
    any_storage.write("s3://lake/other/c.csv", b"c")
    listed = any_storage.list_files("s3://lake/t")
    assert sorted((file.uri, file.size) for file in listed) == [
        ("s3://lake/t/a.csv", 3),
        ("s3://lake/t/x=1/y=2/b.csv", 0),
    ]


def test_times_are_nanoseconds_since_1970(any_storage):
    before = time.time_ns()
    any_storage.write("s3://lake/t/a", b"a")
    assert abs(any_storage.list_files("s3://lake/t/")[0].modified - before) < 120 * 10**9


def test_a_location_that_does_not_exist_is_empty(any_storage):
    assert any_storage.list_files("s3://lake/nothing/") == []
    assert any_storage.list_folders("s3://lake/nothing/") == []
    assert not any_storage.has_files("s3://lake/nothing/")
    assert any_storage.file("s3://lake/nothing/x") is None


def test_a_file_is_not_a_folder(any_storage):
    any_storage.write("s3://lake/t/a.csv", b"abc")
    assert any_storage.list_folders("s3://lake/t/a.csv") == []
    assert any_storage.file("s3://lake/t") is None


def test_a_folder_whose_name_begins_alike_is_another_folder(any_storage):
    any_storage.write("s3://lake/t/a", b"a")
    any_storage.write("s3://lake/t2/a", b"a")
    assert names(any_storage.list_files("s3://lake/t")) == ["s3://lake/t/a"]


def test_folders_are_those_directly_below(any_storage):
    for key in ("t/a=1/x/f", "t/a=2/f", "t/f"):
        any_storage.write(f"s3://lake/{key}", b"x")
    assert any_storage.list_folders("s3://lake/t/") == ["s3://lake/t/a=1/", "s3://lake/t/a=2/"]


@pytest.mark.parametrize("key", ["a b/c%3Ad=é/日本.csv", "+plus&and=eq/'q'", "x#y?z/%20"])
def test_keys_are_kept_as_they_stand(any_storage, key):
    any_storage.write(f"s3://lake/{key}", b"content")
    assert names(any_storage.list_files("s3://lake/")) == [f"s3://lake/{key}"]
    assert any_storage.read(f"s3://lake/{key}") == b"content"
    assert any_storage.file(f"s3://lake/{key}").size == len(b"content")


def test_a_second_write_replaces_the_file(any_storage):
    any_storage.write("s3://lake/t/a", b"one")
    any_storage.write("s3://lake/t/a", b"three")
    assert any_storage.read("s3://lake/t/a") == b"three"


def test_deleting_twice_is_no_error(any_storage):
    any_storage.write("s3://lake/t/a", b"one")
    any_storage.delete_files(["s3://lake/t/a"])
    any_storage.delete_files(["s3://lake/t/a", "s3://lake/u/b"])
    assert any_storage.list_files("s3://lake/") == []


def test_a_missing_file_cannot_be_opened(any_storage):
    with pytest.raises(OwlakeError, match="HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://lake/t/a"):
        any_storage.open_input("s3://lake/t/a")


def test_a_file_in_a_missing_bucket_cannot_be_made(any_storage):
    with pytest.raises(OwlakeError):
        any_storage.write("s3://absent/t/a", b"x")


def test_buckets_are_listed(any_storage):
    any_storage.create_bucket("another")
    any_storage.create_bucket("another")
    assert any_storage.list_buckets() == ["another", "lake"]
    assert any_storage.bucket_exists("lake")
    assert not any_storage.bucket_exists("absent")


def test_a_path_on_disk_is_read_as_it_is(storage, tmp_path):
    (tmp_path / "data" / "x y").mkdir(parents=True)
    (tmp_path / "data" / "x y" / "a.csv").write_bytes(b"1")
    uri = f"file://{tmp_path}/data"
    assert names(storage.list_files(uri)) == [f"{uri}/x y/a.csv"]
    assert storage.read(f"{uri}/x y/a.csv") == b"1"


def test_folders_left_empty_go_with_their_last_file(storage, tmp_path):
    storage.write("s3://lake/t/a=1/f", b"x")
    storage.delete_files(["s3://lake/t/a=1/f"])
    assert list((tmp_path / "buckets" / "lake").iterdir()) == []


def test_links_are_followed_and_their_loops_end(storage, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a").write_bytes(b"a")
    (elsewhere / "loop").symlink_to(elsewhere)
    (tmp_path / "buckets" / "lake" / "t").symlink_to(elsewhere)
    assert names(storage.list_files("s3://lake/")) == ["s3://lake/t/a"]


def test_a_name_that_is_not_utf8_is_no_key(storage, tmp_path):
    (tmp_path / "buckets" / "lake" / "ok").write_bytes(b"")
    Path(bytes(tmp_path / "buckets" / "lake").decode() + "/bad\udcff").write_bytes(b"")
    assert names(storage.list_files("s3://lake/")) == ["s3://lake/ok"]


def test_a_folder_that_vanishes_under_a_writer_is_made_again(storage):
    failures = []

    def churn(number: int) -> None:
        try:
            for turn in range(200):
                uri = f"s3://lake/t/x/{number}-{turn}"
                storage.write(uri, b"x")
                storage.delete_files([uri])
        except OwlakeError as problem:
            failures.append(problem)

    threads = [threading.Thread(target=churn, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_ten_thousand_files_are_listed(storage, tmp_path):
    for folder in range(100):
        place = tmp_path / "buckets" / "lake" / "t" / f"x={folder}"
        place.mkdir(parents=True)
        for number in range(100):
            (place / f"{number}.csv").touch()
    assert len(storage.list_files("s3://lake/t/")) == 10_000
