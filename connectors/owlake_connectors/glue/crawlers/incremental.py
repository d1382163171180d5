"""Crawls of new folders only: a folder that is like a table is a partition of it, and all else stays out.

https://docs.aws.amazon.com/glue/latest/dg/incremental-crawls.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from owlake.spi import partition_names
from owlake_connectors.glue.crawlers.folders import Folder, Found
from owlake_connectors.glue.crawlers.grouping import SIMILARITY, PartitionFound, TableFound, cannot_unite, similarity
from owlake_connectors.glue.crawlers.inference.merging import merged
from owlake_connectors.glue.crawlers.inference.types import type_text
from owlake_connectors.glue.crawlers.model import Problem

_MISMATCH = "Partition does not match table schema or has mismatch keys"


def with_new_folders(
    tables: Sequence[TableFound], folders: Iterable[Folder], *, combines: bool
) -> tuple[list[TableFound], list[Problem]]:
    """The tables with those folders as partitions that are like them, and what is said of the others."""
    found = {one.location: one for one in tables}
    problems: list[Problem] = []
    for folder in folders:
        if not folder.members:
            continue
        reasons: list[str] = []
        for table in found.values():
            values = _values(table, folder.path)
            if values is None:
                continue
            reason = next(_odds(table.found, folder, combines=combines), None)
            if reason is None:
                partition = PartitionFound(values, folder.path, folder.members[0][1])
                found[table.location] = replace(table, partitions=(*table.partitions, partition))
                break
            reasons.append(reason)
        else:
            problems.append(Problem(folder.path, f"{_MISMATCH}: {'; '.join(reasons) or 'it has the keys of none'}"))
    return list(found.values()), problems


def _values(table: TableFound, path: str) -> tuple[str, ...] | None:
    """The folder's values of the table's keys; None where it lies elsewhere, or has others."""
    if not path.startswith(table.location):
        return None
    names = path[len(table.location) :].strip("/").split("/")
    if not table.keys or len(names) != len(table.keys):
        return None
    values = []
    for key, name in zip(table.keys, names, strict=True):
        parsed = partition_names.parse_folder(name)
        if key != (None if parsed is None else parsed[0].lower()):
            return None
        values.append(name if parsed is None else parsed[1])
    return tuple(values)


def _odds(table: Found, folder: Folder, *, combines: bool) -> Iterator[str]:
    """Why a folder cannot be a partition of the table."""
    if folder.reason is not None:
        yield f"its files are not alike: {folder.reason}"
        return
    found = folder.members[0][1]
    reason = cannot_unite((table, found), combines=True)
    if reason is not None:
        yield reason
    if not combines and similarity(table.columns, found.columns) <= SIMILARITY:
        yield f"no more than {SIMILARITY:.0%} of its columns are the table's"
    types = {one.name: one.type for one in table.columns}
    for one in found.columns:
        known = types.get(one.name, one.type)
        if merged(known, one.type) != known:
            yield f"the column {one.name} is {type_text(one.type)}, and the table's is {type_text(known)}"
