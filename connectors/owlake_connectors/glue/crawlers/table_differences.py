"""How a table is another one than a crawl found, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from owlake.spi import catalog_model
from owlake_connectors.glue.crawlers.building import DEPRECATED_BY, MEASURES

OF_DDL = frozenset({"EXTERNAL", "transient_lastDdlTime", "serialization.format"})
"""Parameters that DDL writes and crawlers do not: they say nothing of the files."""


def table_differences(before: catalog_model.Table, found: catalog_model.Table) -> Iterator[str]:
    """How a table is another one than was found, in words; numbers of files and rows do not count."""
    known = {one.name: one.type for one in before.storage.columns}
    crawled = {one.name: one.type for one in found.storage.columns}
    for name, type_ in crawled.items():
        if name not in known:
            yield f"the column {name} {type_} is new"
        elif known[name] != type_:
            yield f"the column {name} is {type_}, and was {known[name]}"
    for name in known:
        if name not in crawled:
            yield f"the column {name} is gone"
    if set(known) == set(crawled) and list(known) != list(crawled):
        yield "its columns have another order"
    if [key.name for key in before.partition_keys] != [key.name for key in found.partition_keys]:
        yield "its partition keys are others"
    yield from _storage_differences(before.storage, found.storage)
    yield from _parameter_differences(before.parameters, found.parameters)


def _storage_differences(
    before: catalog_model.StorageDescriptor, found: catalog_model.StorageDescriptor
) -> Iterator[str]:
    if before.serde.library != found.serde.library:
        yield f"its SerDe is {found.serde.library}, and was {before.serde.library}"
    elif _telling(before.serde.parameters) != _telling(found.serde.parameters):
        yield "its SerDe has other parameters"
    if before.location.rstrip("/") != found.location.rstrip("/"):
        yield f"it lies in {found.location}, and was in {before.location}"
    if (before.input_format, before.output_format, before.compressed) != (
        found.input_format,
        found.output_format,
        found.compressed,
    ):
        yield "its input or output format is another"


def _parameter_differences(before: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for key in sorted({*before, *found} - MEASURES - OF_DDL - {DEPRECATED_BY}):
        known, crawled = before.get(key), found.get(key)
        if crawled is None:
            yield f"the parameter {key}, which was {known!r}, is none of the crawler's"
        elif known != crawled:
            yield f"the parameter {key} is {crawled!r}" + ("" if known is None else f", and was {known!r}")


def reading(storage: catalog_model.StorageDescriptor) -> object:
    """How rows are read, whatever columns there are."""
    serde = {key: value for key, value in _telling(storage.serde.parameters).items() if key != "paths"}
    return storage.input_format, storage.serde.library, serde


def _telling(parameters: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in parameters.items() if key not in OF_DDL}
