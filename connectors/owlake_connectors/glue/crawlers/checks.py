"""What is refused of a crawler before it is kept."""

from __future__ import annotations

import re

from owlake.spi import OwlakeError, error
from owlake_connectors.glue.crawlers.configuration import read_configuration
from owlake_connectors.glue.crawlers.model import CrawlerTargets, Definition, JdbcTarget

_CRON = re.compile(r"cron\(\s*(?P<minutes>\S+)\s[^()]*\)")
_CLOSEST = 5
_MOST_SAMPLED = 249
_LONGEST_PREFIX = 128
_ELSEWHERE = {
    "mongo_db_targets": "MongoDB",
    "dynamo_db_targets": "DynamoDB",
    "hudi_targets": "Hudi",
}


def check_definition(definition: Definition) -> None:
    """Errors: InvalidInputException, ValidationException."""
    if not definition.name:
        raise error(
            "ValidationException",
            "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
        )
    if len(definition.table_prefix or "") > _LONGEST_PREFIX:
        raise _invalid(f"TablePrefix may have {_LONGEST_PREFIX} characters")
    read_configuration(definition.configuration)
    _check_targets(definition.targets)
    if definition.targets.catalog_targets:
        _check_catalog_targets(definition)
    if definition.recrawl_policy.recrawl_behavior == "CRAWL_EVENT_MODE":
        raise _invalid("CRAWL_EVENT_MODE needs a queue of S3's events, and there is none here")
    if definition.schedule:
        _check_schedule(definition.schedule)


def _check_targets(targets: CrawlerTargets) -> None:
    for name, kind in _ELSEWHERE.items():
        if getattr(targets, name):
            raise _invalid(
                f"{kind} targets are not supported: no connector reads them. Those of S3, JDBC, Iceberg, Delta Lake and"
                " the catalog are"
            )
    if not any((*_tables_of_their_own(targets), targets.s3_targets, targets.catalog_targets)):
        raise _invalid("The crawler has no targets")
    for each in targets.jdbc_targets or ():
        _check_jdbc(each)
    if any(one.write_manifest for one in targets.delta_targets or ()):
        raise _invalid("WriteManifest is not supported: tables of Delta Lake are read by their log")
    for one in targets.s3_targets or ():
        if one.sample_size is not None and not 1 <= one.sample_size <= _MOST_SAMPLED:
            raise _invalid(f"SampleSize must be from 1 to {_MOST_SAMPLED}")


def _tables_of_their_own(targets: CrawlerTargets) -> tuple[object, ...]:
    return targets.iceberg_targets, targets.delta_targets, targets.jdbc_targets


def _check_jdbc(target: JdbcTarget) -> None:
    if not target.connection_name:
        raise _invalid("A JDBC target needs a ConnectionName: a catalog of this home")
    if not target.path:
        raise _invalid("A JDBC target needs a Path: database/schema/table, with % for any")
    for one in target.enable_additional_metadata or ():
        if one != "COMMENTS":
            raise _invalid(f"EnableAdditionalMetadata may be COMMENTS; {one} is not supported")


def _check_catalog_targets(definition: Definition) -> None:
    others = definition.targets
    if others.s3_targets or any(_tables_of_their_own(others)):
        raise _invalid("Catalog targets cannot be mixed with other targets")
    if definition.schema_change_policy.delete_behavior != "LOG":
        raise _invalid("The DeleteBehavior of a crawler with catalog targets must be LOG")
    if any(not one.tables for one in definition.targets.catalog_targets or ()):
        raise _invalid("A catalog target has one table at least")


def _check_schedule(schedule: str) -> None:
    found = _CRON.fullmatch(schedule.strip())
    if found is None:
        raise _invalid(
            f"Invalid schedule expression {schedule}: a crawler's is cron(minutes hours day-of-month month"
            " day-of-week year)"
        )
    minutes = sorted(_minutes(found["minutes"]))
    after = [*minutes[1:], minutes[0] + 60] if minutes else []
    if any(later - earlier < _CLOSEST for earlier, later in zip(minutes, after, strict=True)):
        raise _invalid(f"Invalid schedule expression {schedule}: runs are {_CLOSEST} minutes apart at least")


def _minutes(text: str) -> set[int]:
    """The minutes that a field names; what cannot be read is the scheduler's to refuse."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if not all(one.isdigit() for one in (first, last, step) if one not in ("", "*")):
            return set()
        start = 0 if first in ("", "*") else int(first)
        end = int(last) if last else 59 if first == "*" or step else start
        found.update(range(start, end + 1, max(1, int(step or 1))))
    return found


def _invalid(reason: str) -> OwlakeError:
    return error("InvalidInputException", reason)
