from __future__ import annotations

import pytest

from owlake.errors import OwlakeError
from owlake.lake import uris


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("s3://b/a/c.csv", "b", "a/c.csv"),
        ("s3://b/a/", "b", "a"),
        ("s3://b/", "b", ""),
        ("s3://b", "b", ""),
        ("s3://b/dt=2020-01-01 00%3A00/ä", "b", "dt=2020-01-01 00%3A00/ä"),
        ("file:///tmp/x y/z", None, "tmp/x y/z"),
    ],
)
def test_a_key_is_taken_as_it_stands(uri, bucket, key):
    assert uris.parse(uri) == uris.Location(bucket, key)


@pytest.mark.parametrize(
    "uri",
    [
        "s3://b/../c",
        "s3://b/a/../../c",
        "s3://b/a/..",
        "s3://b/./c",
        "s3://b/a//c",
        "s3://b//a",
        "s3://b/a\0c",
        "s3://../a",
        "s3:///a",
        "s3a://b/a",
        "file://host/a",
        "file:///a/../../etc/passwd",
        "/a/b",
        "",
    ],
)
def test_a_location_that_a_disk_cannot_hold_in_its_bucket_is_refused(uri):
    with pytest.raises(OwlakeError, match="HIVE_FILESYSTEM_ERROR: Invalid location"):
        uris.parse(uri)


def test_a_location_reads_back_from_its_text():
    for uri in ("s3://b/a/c", "s3://b/", "file:///x/y"):
        assert str(uris.parse(uri)) == uri


def test_a_url_is_percent_encoded_once():
    assert uris.encoded("s3://b/a b/%3A/ü#?") == "s3://b/a%20b/%253A/%C3%BC%23%3F"


def test_joining_keeps_single_slashes():
    assert uris.join("s3://b/a/", "c=1", "d") == "s3://b/a/c=1/d"
    assert uris.join("s3://b/a", "c=1/d=2/", "e") == "s3://b/a/c=1/d=2/e"
