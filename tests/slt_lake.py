"""Files that SQL logic tests lay out in the lake before they ask for them.

They are written by others than owlake: text as it stands in the test, Parquet by DuckDB.
"""

from __future__ import annotations

import bz2
import gzip
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa

from owlake.home import Home
from owlake.lake import uris


def _through(codec: str) -> Callable[[bytes], bytes]:
    return lambda content: bytes(pa.compress(content, codec, asbytes=True))


_CODECS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": _through("zstd"),
}
_WORDS = re.compile(r"( (escaped|bare|plain))+$")
_ESCAPES = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(n)|(t)|(r)|(\\))")


def put_file(home: Home, place: str, body: str) -> None:
    """A text file of these lines, compressed as its name says. ``place`` is its URI, then words.

    ``escaped`` reads ``\\n``, ``\\t``, ``\\r``, ``\\\\`` and ``\\x01``; ``bare`` leaves the last newline out;
    ``plain`` does not compress.
    """
    uri, words = _WORDS.sub("", place), place.split()
    content = (body if "bare" in words or not body else body + "\n").encode()
    if "escaped" in words:
        content = _unescaped(content)
    codec = _CODECS.get(Path(uri).suffix)
    put(home, uri, codec(content) if codec and "plain" not in words else content)


def put_parquet(home: Home, uri: str, query: str) -> None:
    """A Parquet file of what DuckDB answers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.parquet"
        duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        put(home, uri, path.read_bytes())


def put(home: Home, uri: str, content: bytes) -> None:
    """A file of this content; its bucket is made."""
    bucket = uris.parse(uri).bucket
    if bucket is not None:
        home.storage.create_bucket(bucket)
    home.storage.write(uri, content)


def _unescaped(content: bytes) -> bytes:
    def byte(found: re.Match[str]) -> str:
        code, newline, tab, carriage_return, _ = found.groups()
        if code:
            return chr(int(code, 16))
        return "\n" if newline else "\t" if tab else "\r" if carriage_return else "\\"

    return _ESCAPES.sub(byte, content.decode("latin-1")).encode("latin-1")
