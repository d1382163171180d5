"""Objects of the lake written whole: nobody sees one before its last byte."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from owlake.spi import Home


def write_object(home: Home, uri: str, pieces: Iterable[bytes]) -> int:
    """Write an object; its size. One that is there is replaced: another attempt writes the same again."""

    def write(place: str) -> int:
        size = 0
        with home.storage.open_output(place) as sink:
            for piece in pieces:
                sink.write(piece)
                size += len(piece)
        return size

    return put_whole(home, uri, write)


def put_whole(home: Home, uri: str, write: Callable[[str], int]) -> int:
    """Have a file written, on disk under a hidden name first. What ``write`` gives is the answer."""
    final = home.storage.local_path(uri)
    if final is None:
        # An endpoint shows an object when its upload is complete.
        return write(uri)
    folder, name = uri.rsplit("/", 1)
    hidden = f"{folder}/.{PurePosixPath(name).name}"
    size = write(hidden)
    written = home.storage.local_path(hidden)
    assert written is not None
    written.replace(final)
    return size
