"""Bringing the rows of each partition and bucket together, in bounded memory and in one pass.

Rows are taken a few dozen megabytes at a time, ordered by where they belong, and laid into a file of their own that is
mapped; what belongs to one place is then gathered from all of these runs. Nothing is compared with anything else, so
it takes the time of copying the rows twice; and rows of one place stay in the order in which they came.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BYTES_OF_A_RUN = 48 << 20
"""What is held while a run is put in order, twice."""
_ROWS_OF_A_BATCH = 1 << 16

Keys = Callable[[pa.RecordBatch], Sequence[pa.Array]]
"""What says where the rows of a batch belong: values that are equal, or NULL alike, belong together."""


class _Piece(NamedTuple):
    """Rows of a run that belong together."""

    run: int
    start: int
    length: int


def grouped(
    batches: Iterable[pa.RecordBatch], keys: Keys, bytes_of_a_run: int = BYTES_OF_A_RUN
) -> Iterator[pa.RecordBatch]:
    """The rows, place by place in the order of the keys, NULL last; those of one place in the order they came in."""
    with _temporary_folder() as folder:
        runs: list[pa.RecordBatch] = []
        pieces: dict[tuple[object, ...], list[_Piece]] = {}
        last: pa.RecordBatch | None = None
        for chunk in _chunks(batches, bytes_of_a_run):
            if last is not None:
                runs[-1] = _laid_down(last, folder / f"{len(runs)}.arrow")
            last = _in_order(chunk, keys(chunk), len(runs), pieces)
            runs.append(last)
        for place in sorted(pieces, key=_nulls_last):
            yield from _gathered(runs, pieces[place])


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder that goes with the block, without a word also where nobody ends the block but the interpreter."""
    folder = tempfile.mkdtemp(prefix="owlake-write-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _nulls_last(place: tuple[object, ...]) -> tuple[tuple[bool, object], ...]:
    return tuple((value is None, value) for value in place)


def _chunks(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """The rows in batches of about ``size`` bytes."""
    waiting: list[pa.RecordBatch] = []
    waiting_bytes = 0
    for batch in batches:
        waiting.append(batch)
        waiting_bytes += batch.nbytes
        if waiting_bytes >= size:
            yield pa.concat_batches(waiting)
            waiting, waiting_bytes = [], 0
    if waiting:
        yield pa.concat_batches(waiting)


def _in_order(
    chunk: pa.RecordBatch, keys: Sequence[pa.Array], run: int, pieces: dict[tuple[object, ...], list[_Piece]]
) -> pa.RecordBatch:
    """The rows of the chunk with those together that belong together; notes which these are."""
    encoded = [key.dictionary_encode("encode") for key in keys]
    places = np.zeros(chunk.num_rows, np.int64)
    for key in encoded:
        places = places * len(key.dictionary) + key.indices.to_numpy()
    if len(places) == 0:
        return chunk
    # Sixteen bits are sorted by their digits.
    small = places.astype(np.uint16) if places.max() < 1 << 16 else places
    order = np.argsort(small, kind="stable")
    ordered = small[order]
    starts = np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))
    lengths = np.diff(np.append(starts, len(ordered)))
    firsts = pa.array(order[starts])
    values = zip(*(key.dictionary.take(key.indices.take(firsts)).to_pylist() for key in encoded), strict=True)
    for value, start, length in zip(values, starts.tolist(), lengths.tolist(), strict=True):
        pieces.setdefault(value, []).append(_Piece(run, start, length))
    return chunk.take(pa.array(order)) if len(starts) > 1 else chunk


def _laid_down(run: pa.RecordBatch, path: Path) -> pa.RecordBatch:
    """The same rows, in a file: what is mapped can be let go of at any time."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, run.schema) as writer:
        writer.write_batch(run)
    mapped = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
    # Nobody is left to remove it when the process is killed.
    with suppress(OSError):
        path.unlink()
    return mapped


def _gathered(runs: Sequence[pa.RecordBatch], pieces: Sequence[_Piece]) -> Iterator[pa.RecordBatch]:
    """The rows of one place, small pieces together."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for piece in pieces:
        waiting.append(runs[piece.run].slice(piece.start, piece.length))
        rows += piece.length
        if rows >= _ROWS_OF_A_BATCH:
            yield _together(waiting)
            waiting, rows = [], 0
    if waiting:
        yield _together(waiting)


def _together(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def as_hive_partition(key: pa.Array) -> pa.Array:
    """A partition key as far as its folder tells: NULL and the empty text share one."""
    is_text = pa.types.is_string(key.type)
    return pc.if_else(pc.equal(key, ""), pa.scalar(None, key.type), key) if is_text else key
