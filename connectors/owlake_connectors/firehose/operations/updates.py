"""Changes of destinations: what is said of one of the same kind is merged with what it is told already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any, TypeVar

from owlake_connectors.firehose import errors
from owlake_connectors.firehose.configuration import is_partitioning
from owlake_connectors.firehose.model import Destination
from owlake_connectors.firehose.shapes import (
    ExtendedS3DestinationConfiguration,
    ExtendedS3DestinationUpdate,
    HttpEndpointDestinationConfiguration,
    HttpEndpointDestinationUpdate,
    S3DestinationConfiguration,
    S3DestinationUpdate,
)

T = TypeVar("T")


def extended(place: S3DestinationUpdate) -> ExtendedS3DestinationUpdate:
    """The older form of a destination in the lake as the one of today."""
    return ExtendedS3DestinationUpdate(**_said(place))


def lake_update(
    destination: Destination, update: ExtendedS3DestinationUpdate | ExtendedS3DestinationConfiguration
) -> Destination:
    """A destination with a change of the lake. Errors: InvalidArgumentException."""
    known = destination.lake
    said = _said(update)
    backup = said.pop("s3_backup_update", None)
    if backup is not None:
        before = known.s3_backup_configuration if known is not None else None
        said["s3_backup_configuration"] = _merged(S3DestinationConfiguration, before, _said(backup))
    made = _merged(ExtendedS3DestinationConfiguration, known, said)
    if known is not None and is_partitioning(known) != is_partitioning(made):
        change = "disabled" if is_partitioning(known) else "enabled"
        raise errors.invalid_argument(f"Dynamic Partitioning cannot be {change} on an existing delivery stream.")
    if known is not None and known.s3_backup_mode == "Enabled" and made.s3_backup_mode == "Disabled":
        raise errors.invalid_argument("S3 backup cannot be disabled once it is enabled.")
    return Destination(lake=made)


def http_update(destination: Destination, update: HttpEndpointDestinationUpdate) -> Destination:
    """A destination with a change of an endpoint. Errors: InvalidArgumentException."""
    known = destination.http
    said = _said(update)
    place = said.pop("s3_update", None)
    if place is not None:
        before = known.s3_configuration if known is not None else None
        said["s3_configuration"] = _merged(S3DestinationConfiguration, before, _said(place))
    endpoint = said.get("endpoint_configuration")
    if known is not None and endpoint is not None and endpoint.access_key is None:
        # Nobody who reads the description can say it again.
        said["endpoint_configuration"] = replace(endpoint, access_key=known.endpoint_configuration.access_key)
    return Destination(http=_merged(HttpEndpointDestinationConfiguration, known, said))


def merged(kind: type[T], known: T | None, update: T) -> T:
    """What is known, with what another one of its kind says."""
    return _merged(kind, known, _said(update))


def _said(value: object) -> dict[str, Any]:
    """What a structure says, without what it leaves open."""
    named = {one.name: getattr(value, one.name) for one in fields(value)}  # type: ignore[arg-type]
    return {name: found for name, found in named.items() if found is not None}


def _merged(kind: type[T], known: T | None, said: Mapping[str, Any]) -> T:
    values = {**({} if known is None else _said(known)), **said}
    members = fields(kind)  # type: ignore[arg-type]
    missing = [one.name for one in members if one.default is MISSING and one.name not in values]
    if missing:
        # The kind is another one: nothing of the old destination says what this is to be.
        text = f"All parameters of another kind of destination must be specified: {', '.join(missing)}"
        raise errors.invalid_argument(text)
    return kind(**values)
