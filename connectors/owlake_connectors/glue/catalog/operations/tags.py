"""Glue's operations on tags: of databases, connections and crawlers.

https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html and its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from owlake.spi import ACCOUNT, REGION, Length, Pattern, operation
from owlake_connectors.glue.catalog.connections import ConnectionStore
from owlake_connectors.glue.catalog.errors import invalid_input, not_found, not_supported
from owlake_connectors.glue.catalog.operations.base import OfCatalog
from owlake_connectors.glue.catalog.shapes import TagKey, Tags
from owlake_connectors.glue.crawlers.store import CrawlerStore

_MOST = 50
_ARN = re.compile(r"arn:aws[^:]*:glue:(?P<region>[^:]*):(?P<account>\d*):(?P<kind>[a-zA-Z]+)/(?P<name>.+)", re.DOTALL)

ResourceArn = Annotated[str, Length(1, 10_240), Pattern(r"arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*")]


@dataclass(frozen=True, slots=True)
class GetTagsResponse:
    """The tags of a resource."""

    tags: Tags


class TagsOfResources(OfCatalog):
    """Operations on tags."""

    _connections: ConnectionStore
    _crawlers: CrawlerStore

    @operation
    def get_tags(self, resource_arn: ResourceArn) -> GetTagsResponse:
        """The tags of a database, a connection or a crawler."""
        return GetTagsResponse(dict(self._tags(*_resource(resource_arn))))

    @operation
    def tag_resource(self, resource_arn: ResourceArn, tags_to_add: Tags) -> None:
        """Add tags to a database, a connection or a crawler; those of the same keys are replaced."""

        def added(known: Mapping[str, str]) -> Mapping[str, str]:
            tags = {**known, **tags_to_add}
            if len(tags) > _MOST:
                raise invalid_input(f"A resource has {_MOST} tags at most")
            return tags

        self._change(resource_arn, added)

    @operation
    def untag_resource(
        self, resource_arn: ResourceArn, tags_to_remove: Annotated[Sequence[TagKey], Length(0, _MOST)]
    ) -> None:
        """Take tags from a database, a connection or a crawler, by their keys."""
        self._change(
            resource_arn,
            lambda known: {key: value for key, value in known.items() if key not in tags_to_remove},
        )

    def _tags(self, kind: str, name: str) -> Mapping[str, str]:
        match kind:
            case "database":
                with self._reading(None) as catalog:
                    return catalog.get_database(name).tags
            case "connection":
                return self._connections.get(name).tags
            case "crawler":
                return self._crawlers.get(name).definition.tags
        raise not_supported(f"Tagging a {kind}")

    def _change(self, arn: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        kind, name = _resource(arn)
        match kind:
            case "database":
                with self._writing(None) as catalog:
                    database = catalog.get_database(name)
                    catalog.update_database(replace(database, tags=change(database.tags)))
            case "connection":
                self._connections.change_tags(name, change)
            case "crawler":
                self._crawlers.change_tags(name, change)
            case _:
                raise not_supported(f"Tagging a {kind}")


def _resource(arn: str) -> tuple[str, str]:
    """Its kind and name. Errors: InvalidInputException, EntityNotFoundException for one of another account."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise invalid_input(f"Invalid resource ARN: {arn}")
    if found["region"] not in ("", REGION) or found["account"] not in ("", ACCOUNT):
        raise not_found(f"Resource {arn} not found.")
    return found["kind"], found["name"]
