"""A crawler's configuration, a text of JSON (https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from owlake.spi import OwlakeError, error


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a configuration says.

    Attributes:
        inherits: Partitions take what their table has (InheritFromTable).
        merges: New columns are added, nothing else is changed (MergeNewColumns).
        threshold: More tables than this are none at all.
        combines: Columns need not be similar (CombineCompatibleSchemas).
        level: How deep tables lie; the bucket is 1.
        indexes: New tables get a partition index (CreatePartitionIndex).
    """

    inherits: bool = False
    merges: bool = False
    threshold: int | None = None
    combines: bool = False
    level: int | None = None
    indexes: bool = True


def read_configuration(text: str | None) -> Configuration:
    """The configuration of a crawler. Errors: InvalidInputException."""
    if not text:
        return Configuration()
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise _invalid(f"it is no JSON: {problem}") from problem
    if not isinstance(document, dict) or document.get("Version") != 1.0:
        raise _invalid('it must be an object with "Version": 1.0')
    output, grouping = _object(document, "CrawlerOutput"), _object(document, "Grouping")
    tables = _object(output, "Tables")
    return Configuration(
        _is(_object(output, "Partitions"), "AddOrUpdateBehavior", "InheritFromTable"),
        _is(tables, "AddOrUpdateBehavior", "MergeNewColumns"),
        _positive(tables, "TableThreshold"),
        _is(grouping, "TableGroupingPolicy", "CombineCompatibleSchemas"),
        _positive(grouping, "TableLevelConfiguration"),
        _boolean(document, "CreatePartitionIndex"),
    )


def _object(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key, {})
    if not isinstance(found, dict):
        raise _invalid(f"{key} must be an object")
    return found


def _is(document: Mapping[str, Any], key: str, value: str) -> bool:
    found = document.get(key)
    if found not in (None, value):
        raise _invalid(f"{key} may be {value}, not {found}")
    return found is not None


def _boolean(document: Mapping[str, Any], key: str) -> bool:
    found = document.get(key, True)
    if not isinstance(found, bool):
        raise _invalid(f"{key} must be true or false, not {found!r}")
    return found


def _positive(document: Mapping[str, Any], key: str) -> int | None:
    found = document.get(key)
    if found is not None and (not isinstance(found, int) or isinstance(found, bool) or found < 1):
        raise _invalid(f"{key} must be a whole number from 1 on, not {found!r}")
    return found


def _invalid(reason: str) -> OwlakeError:
    return error("InvalidInputException", f"The crawler's configuration cannot be read: {reason}")
