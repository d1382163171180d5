"""A file that others see when it is finished, or never."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pyarrow as pa

from owlake.errors import OwlakeError
from owlake.lake import uris
from owlake.lake.storage import Storage


@contextmanager
def whole_file(storage: Storage, uri: str) -> Iterator[pa.NativeFile]:
    """An output for the file: in place when the block ends, nothing of it is left where the block fails.

    On disk it has a hidden name until then; on a server an object is there when its upload is complete.

    Errors: HIVE_WRITER_OPEN_ERROR; ``OSError`` where the last bytes cannot be written.
    """
    path = storage.local_path(uri)
    place = uri if path is None else unfinished(uri)
    sink = storage.open_output(place)
    try:
        yield sink
        sink.close()
        if path is not None:
            os.replace(path.with_name(uris.name_of(place)), path)  # noqa: PTH105  (one call, whole or not at all)
    except BaseException:
        with suppress(pa.ArrowException, OSError):
            sink.close()
        with suppress(OwlakeError):
            storage.delete_files([place])
        raise


def unfinished(uri: str) -> str:
    """What the file is called on disk until it is finished; a process that dies leaves it."""
    folder, _, name = uri.rpartition("/")
    return uris.join(folder, f".{name}.unfinished")
