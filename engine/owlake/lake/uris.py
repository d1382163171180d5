"""Locations in the lake: ``s3://bucket/key`` and ``file:///path``, read in one place.

A key is taken as it stands, as S3 and the metastore take it: ``%3A`` is three characters, a blank is a blank.
What a disk cannot hold under the bucket's folder without leaving or merging it is refused: the segments
``.`` and ``..``, an empty segment (``//``) and NUL. A slash at the end says "folder" and means nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from owlake.errors import OwlakeError, error

_URI = re.compile(r"(?P<scheme>s3|file)://(?P<authority>[^/]*)(?:/(?P<key>.*))?", re.DOTALL)
_PLAIN = re.compile(r"(?:s3|file)://[A-Za-z0-9/._=-]+")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a bucket, or on this machine's disk (``bucket`` is None, ``key`` the path without its first slash).

    ``key`` has no slash at either end; the empty key is the bucket itself.
    """

    bucket: str | None
    key: str

    def __str__(self) -> str:
        return f"file:///{self.key}" if self.bucket is None else f"s3://{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        """The last segment."""
        return self.key.rpartition("/")[2]

    @property
    def folder_uri(self) -> str:
        """The location as a folder: with a slash at its end."""
        text = str(self)
        return text if text.endswith("/") else text + "/"


def parse(uri: str) -> Location:
    """The location that a URI names. Errors: HIVE_FILESYSTEM_ERROR for anything that is none."""
    found = _URI.fullmatch(uri)
    if not found:
        raise _invalid(uri, "it must begin with s3://<bucket>/ or file:///")
    bucket = found["authority"] if found["scheme"] == "s3" else None
    if bucket is None and found["authority"]:
        raise _invalid(uri, "file: locations name a path on this machine: file:///<path>")
    if bucket is not None and not _BUCKET.fullmatch(bucket):
        raise _invalid(uri, f"'{bucket}' is not a bucket name")
    key = (found["key"] or "").removesuffix("/")
    _check_segments(uri, key)
    return Location(bucket, key)


def join(uri: str, *segments: str) -> str:
    """The location below ``uri`` reached by ``segments`` (each may hold slashes of its own)."""
    return "/".join([uri.rstrip("/"), *(segment.strip("/") for segment in segments)])


def encoded(uri: str) -> str:
    """The location as a URL, percent-encoded, for readers that decode what they get (DataFusion's do)."""
    if _PLAIN.fullmatch(uri):
        return uri
    location = parse(uri)
    key = quote(location.key, safe="/!'()*-._~=:@$,+;&")
    return f"file:///{key}" if location.bucket is None else f"s3://{location.bucket}/{key}"


def name_of(uri: str) -> str:
    """The file's name: what stands behind the last slash."""
    return uri.rpartition("/")[2]


def is_bucket_name(name: str) -> bool:
    """Whether a bucket may be called so here (S3's rules, with the capitals and underscores of its first years)."""
    return _BUCKET.fullmatch(name) is not None


def _check_segments(uri: str, key: str) -> None:
    if "\0" in key:
        raise _invalid(uri, "it holds a NUL character")
    if not key:
        return
    for segment in key.split("/"):
        if segment in {".", ".."}:
            raise _invalid(uri, f"'{segment}' would lead out of its folder")
        if not segment:
            raise _invalid(uri, "it has an empty segment (two slashes in a row)")


def _invalid(uri: str, reason: str) -> OwlakeError:
    return error("HIVE_FILESYSTEM_ERROR", f"Invalid location '{uri}': {reason}")
