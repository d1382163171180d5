"""Definitions of schemas: whether a text is one, whether two are the same, whether one reads what another wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from owlake_connectors.schema_registry import errors
from owlake_connectors.schema_registry.model import Compatibility, DataFormat, Version


def check_definition(data_format: DataFormat, text: str) -> None:
    """Errors: InvalidInputException, for a text that is no schema of the format."""
    if data_format == "AVRO":
        _avro(text)
        return
    if data_format == "PROTOBUF":
        raise errors.invalid("Data format is not valid.")
    try:
        found = json.loads(text)
    except ValueError as problem:
        raise errors.invalid_definition(data_format, str(problem)) from problem
    if not isinstance(found, dict | bool):
        raise errors.invalid_definition(data_format, "a JSON schema is an object, true or false")


def is_same(one: str, other: str) -> bool:
    """Whether two definitions differ in white space and the order of keys only."""
    return one == other or bool(json.loads(one) == json.loads(other))


def incompatibilities(
    data_format: DataFormat, mode: Compatibility, text: str, earlier: Sequence[Version], checkpoint: int
) -> list[str]:
    """Why a new definition cannot follow these versions, oldest first; nothing if it can.

    BACKWARD: the new one reads what the last wrote. FORWARD: the last reads what the new one writes. FULL: both. The
    modes _ALL ask so of every version since the checkpoint.
    """
    if mode in ("NONE", "DISABLED") or not earlier:
        return []
    compared = [one for one in earlier if one.number >= checkpoint] if mode.endswith("_ALL") else earlier[-1:]
    found = []
    for version in compared or earlier[-1:]:
        if mode.startswith(("BACKWARD", "FULL")):
            found += [_told(version, "BACKWARD", one) for one in _unreadable(data_format, text, version.definition)]
        if mode.startswith(("FORWARD", "FULL")):
            found += [_told(version, "FORWARD", one) for one in _unreadable(data_format, version.definition, text)]
    return found


def _told(version: Version, direction: str, problem: str) -> str:
    return f"not {direction} compatible with version {version.number}: {problem}"


def _unreadable(data_format: DataFormat, reader: str, writer: str) -> list[str]:
    """Why data of the one definition cannot be read by the other."""
    if data_format == "JSON":
        from owlake_connectors.schema_registry.json_schema import not_accepted  # noqa: PLC0415  (few are JSON)

        return not_accepted(json.loads(reader), json.loads(writer))
    from avro.compatibility import (  # noqa: PLC0415  (a library that nothing else needs)
        ReaderWriterCompatibilityChecker,
        SchemaCompatibilityType,
    )

    found = ReaderWriterCompatibilityChecker().get_compatibility(_avro(reader), _avro(writer))
    if found.compatibility == SchemaCompatibilityType.compatible:
        return []
    kinds = ", ".join(sorted(one.value for one in found.incompatibilities))
    return [f"{kinds} at {', '.join(sorted(found.locations))}: {', '.join(sorted(found.messages))}"]


def _avro(text: str) -> Any:
    import avro.errors  # noqa: PLC0415  (as above)
    import avro.schema  # noqa: PLC0415

    try:
        return avro.schema.parse(text)
    except (avro.errors.AvroException, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise errors.invalid_definition("AVRO", str(problem)) from problem
