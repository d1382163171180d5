"""LOCATION: what DDL takes, and how it is kept."""

from __future__ import annotations

from owlake.catalog.model import Table
from owlake.catalog.partition_names import partition_name
from owlake.catalog.writes import WriteState, parse_write_token
from owlake.lake import uris
from owlake.statements.context import StatementContext
from owlake.statements.failures import execution_error


def location(text: str, context: StatementContext) -> str:
    """The location as Hive keeps it, without a slash at its end.

    Errors: HIVE_FILESYSTEM_ERROR for what cannot be a location; ``file://``, which Athena does not have, when strict.
    """
    place = uris.parse(text)
    if place.bucket is None:
        context.tolerate(
            execution_error("MetaException(message:Got exception: java.io.IOException No FileSystem for scheme: file)")
        )
    return text.rstrip("/") if place.key else place.folder_uri


def is_taken(uri: str, context: StatementContext) -> bool:
    """Whether anything lies below a folder, but for what a failed write has left and nobody sees."""
    files = context.storage.list_files(uri)
    if not files:
        return False
    metastore = context.home.metastore
    left = {(metastore.home_id, write.number) for write in metastore.list_writes(WriteState.ABORTED)}
    return any(parse_write_token(uris.name_of(file.uri)) not in left for file in files)


def partition_location(table: Table, values: tuple[str, ...]) -> str:
    """Where a partition lies that no one gave a location: ``<table>/k=v/k2=v2``."""
    return uris.join(table.storage.location, partition_name([key.name for key in table.partition_keys], values))
