"""Publishing a write: files first, then one transaction of the catalog that makes them seen.

What fails on the way is deleted at once; what dies with its process is never seen, and deleted when a home is opened
next. Files need not survive a loss of power before the commit: nothing is synced here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from owlake.catalog.errors import ConcurrentModification
from owlake.catalog.store import Metastore
from owlake.catalog.transaction import Transaction
from owlake.catalog.writes import ReplacedFile, Write, WriteState, parse_write_token
from owlake.errors import OwlakeError
from owlake.lake import uris
from owlake.lake.storage import Storage
from owlake.lake.writing.manifest import Manifest

WriteFiles = Callable[[Write], Manifest]
"""Writes the files of a write; their names carry its token, their places lie below its locations."""
ApplyChanges = Callable[[Transaction, Manifest], None]
"""The statement's changes to the catalog, made in the transaction that makes the files seen."""


def publish(
    metastore: Metastore,
    storage: Storage,
    *,
    database: str,
    table: str,
    locations: Sequence[str],
    write_files: WriteFiles,
    apply: ApplyChanges,
) -> Manifest:
    """Write files and make them seen, or leave nothing behind.

    ``locations`` are the folders that anything may be written below.

    Errors: those of ``write_files`` and ``apply``; HIVE_CONCURRENT_MODIFICATION_DETECTED where another process took
    this one for dead.
    """
    write = metastore.begin_write(database, table, locations)
    try:
        manifest = write_files(write)
        metastore.commit_write(write, lambda transaction: apply(transaction, manifest))
    except BaseException:
        discard(metastore, storage, write)
        raise
    return manifest


def discard(metastore: Metastore, storage: Storage, write: Write) -> None:
    """Give up a write and delete its files. A write that was committed after all is left alone."""
    with suppress(ConcurrentModification):
        metastore.abort_write(write)
    # As the register has it: places may have come to it since the write began.
    for aborted in metastore.list_writes(WriteState.ABORTED):
        if aborted.number == write.number:
            _delete(metastore, storage, aborted)


def sweep(metastore: Metastore, storage: Storage) -> int:
    """Delete the files of aborted writes; to be called when a home is opened. Tells how many writes are done with.

    A write whose files cannot be deleted now stays aborted: its files are not seen, and the next sweep tries again.
    """
    done = 0
    for write in metastore.list_writes(WriteState.ABORTED):
        try:
            _delete(metastore, storage, write)
        except OwlakeError:
            continue
        done += 1
    return done


def delete_replaced_files(metastore: Metastore, storage: Storage, before: datetime) -> int:
    """Delete files that were replaced before a moment that every reader has passed. Tells how many.

    A file that somebody put in the place of a replaced one stays.
    """
    old = [replaced for replaced in metastore.list_replaced_files() if replaced.replaced_time < before]
    if not old:
        return 0
    gone = [one.uri for one in old if _is_still(storage, one)]
    storage.delete_files(gone)
    metastore.forget_replaced_files([one.uri for one in old])
    return len(gone)


def _is_still(storage: Storage, replaced: ReplacedFile) -> bool:
    file = storage.file(replaced.uri)
    return file is not None and replaced.fingerprint in (None, (file.size, file.modified))


def _delete(metastore: Metastore, storage: Storage, write: Write) -> None:
    """The write's row goes last: without it, files that are left would be seen."""
    for location in write.locations:
        storage.delete_files(
            file.uri for file in storage.list_files(location) if _is_of(file.uri, metastore.home_id, write.number)
        )
    metastore.forget_writes([write])


def _is_of(uri: str, home_id: str, number: int) -> bool:
    return parse_write_token(uris.name_of(uri)) == (home_id, number)
