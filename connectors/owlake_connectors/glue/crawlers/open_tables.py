"""Targets whose tables describe themselves in the lake: Iceberg's metadata, Delta Lake's log. No file is classified."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from owlake.spi import Home, catalog_model, error, iceberg_table_at, uris
from owlake_connectors.glue.crawlers.building import UPDATED_BY
from owlake_connectors.glue.crawlers.exclusions import exclusion_filter
from owlake_connectors.glue.crawlers.model import CrawlerTargets

ICEBERG = "iceberg"
DELTA = "delta"
_ICEBERG_METADATA = re.compile(r"(?P<table>.*?/)metadata/[^/]+\.metadata\.json(?:\.gz)?")
_DELTA_LOG = re.compile(r"(?P<table>.*?/)_delta_log/.*")
_METADATA_PARAMETERS = ("metadata_location", "previous_metadata_location")


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A path below which there are tables of a kind, so many folders deep at most; None: at any depth."""

    path: str
    kind: str
    exclusions: Sequence[str] = ()
    depth: int | None = None


def open_targets(targets: CrawlerTargets) -> Iterator[OpenTarget]:
    """The targets of Iceberg and Delta Lake."""
    for iceberg in targets.iceberg_targets or ():
        for path in iceberg.paths or ():
            yield OpenTarget(path, ICEBERG, tuple(iceberg.exclusions or ()), iceberg.maximum_traversal_depth)
    for delta in targets.delta_targets or ():
        for path in delta.delta_tables or ():
            yield OpenTarget(path, DELTA, depth=0)


@dataclass(frozen=True, slots=True)
class OpenTables:
    """The tables of a target, in the version that they have now."""

    home: Home
    path: str
    kind: str
    places: Sequence[str]

    def covers(self, place: str) -> bool:
        """Whether a place lies below the target."""
        return f"{place}/".startswith(uris.parse(self.path).folder_uri)

    def table(self, place: str, database: str, name: str, crawler: str) -> catalog_model.Table:
        """The table of a place. Errors: ICEBERG_INVALID_METADATA and its like."""
        return open_table(self.home, self.kind, place, database, name, crawler)

    def updated(self, before: catalog_model.Table, found: catalog_model.Table) -> catalog_model.Table:
        """The version before stays known."""
        return updated(before, found)


def open_tables(home: Home, target: OpenTarget) -> OpenTables:
    """The tables of a target. Errors: InvalidInputException for an exclusion that is none, and where there are none."""
    root = uris.parse(target.path).folder_uri
    is_excluded = exclusion_filter(target.exclusions)
    found = {
        place
        for place in open_folders((one.uri for one in home.storage.list_files(root)), target.kind)
        if not is_excluded(place[len(root) :].rstrip("/"))
        and (target.depth is None or place[len(root) :].count("/") <= target.depth)
    }
    if not found:
        raise error("InvalidInputException", f"There is no {target.kind.capitalize()} table")
    return OpenTables(home, target.path, target.kind, sorted(found))


def open_folders(files: Iterable[str], kind: str | None = None) -> set[str]:
    """The folders that files show to be tables of a kind, or of any."""
    patterns = {ICEBERG: (_ICEBERG_METADATA,), DELTA: (_DELTA_LOG,)}.get(kind or "", (_ICEBERG_METADATA, _DELTA_LOG))
    found = (pattern.fullmatch(one) for one in files for pattern in patterns)
    return {one["table"] for one in found if one is not None}


def open_table(home: Home, kind: str, location: str, database: str, name: str, crawler: str) -> catalog_model.Table:
    """The table of a location as the Data Catalog has it. Errors: ICEBERG_INVALID_METADATA and its like."""
    made_by = {"classification": kind, UPDATED_BY: crawler}
    if kind == ICEBERG:
        table = iceberg_table_at(home.storage, database, name, location, None)
        return replace(table, parameters={**made_by, **table.parameters}, owner="owner")
    storage = catalog_model.StorageDescriptor(location=location)
    parameters = {**made_by, "EXTERNAL": "TRUE", "table_type": "DELTA"}
    return catalog_model.Table(database, name, storage, parameters=parameters, owner="owner")


def updated(before: catalog_model.Table, found: catalog_model.Table) -> catalog_model.Table:
    """The table that is there in the version that was found; the version before stays known."""
    location = before.parameters.get("metadata_location")
    parameters = {key: value for key, value in before.parameters.items() if key not in _METADATA_PARAMETERS}
    parameters |= found.parameters
    if location is not None and location != found.parameters.get("metadata_location"):
        parameters["previous_metadata_location"] = location
    elif "previous_metadata_location" in before.parameters:
        parameters["previous_metadata_location"] = before.parameters["previous_metadata_location"]
    if parameters == dict(before.parameters) and found.storage.columns == before.storage.columns:
        return before
    return replace(before, storage=found.storage, parameters=parameters)
