"""Glue's operations on crawlers (https://docs.aws.amazon.com/glue/latest/webapi/API_CreateCrawler.html and on)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Literal, TypeVar

from owlake.spi import Home, Name, error, operation
from owlake_connectors.glue.crawlers.checks import check_definition
from owlake_connectors.glue.crawlers.crawl_operations import LOG_GROUP, problems_text
from owlake_connectors.glue.crawlers.differences import Difference, differences
from owlake_connectors.glue.crawlers.model import (
    Crawl,
    Crawler,
    CrawlerTargets,
    Definition,
    Kept,
    LakeFormationConfiguration,
    LastCrawlInfo,
    LineageConfiguration,
    RecrawlPolicy,
    Schedule,
    SchemaChangePolicy,
)
from owlake_connectors.glue.crawlers.runner import Runner
from owlake_connectors.glue.crawlers.store import CrawlerStore
from owlake_connectors.glue.pages import page

_PAGE = 100
T = TypeVar("T", SchemaChangePolicy, RecrawlPolicy, LineageConfiguration, LakeFormationConfiguration)
_STATUS: Mapping[str, Literal["SUCCEEDED", "CANCELLED", "FAILED"]] = {
    "COMPLETED": "SUCCEEDED",
    "STOPPED": "CANCELLED",
    "FAILED": "FAILED",
}


@dataclass(frozen=True, slots=True)
class GetCrawlerOutput:
    """A crawler."""

    crawler: Crawler


@dataclass(frozen=True, slots=True)
class GetCrawlersOutput:
    """A page of crawlers."""

    crawlers: list[Crawler]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class BatchGetCrawlersOutput:
    """Crawlers, and the names that there are none of."""

    crawlers: list[Crawler]
    crawlers_not_found: list[str]


@dataclass(frozen=True, slots=True)
class ListCrawlersOutput:
    """A page of names."""

    crawler_names: list[str]
    next_token: str | None = None


class Crawlers:
    """Operations on crawlers."""

    _home: Home
    _crawlers: CrawlerStore
    _runner: Runner

    @operation
    def create_crawler(
        self,
        name: str,
        targets: CrawlerTargets,
        role: str | None = None,
        database_name: str | None = None,
        description: str | None = None,
        schedule: str | None = None,
        classifiers: Sequence[str] | None = None,
        table_prefix: str | None = None,
        schema_change_policy: SchemaChangePolicy | None = None,
        recrawl_policy: RecrawlPolicy | None = None,
        lineage_configuration: LineageConfiguration | None = None,
        lake_formation_configuration: LakeFormationConfiguration | None = None,
        configuration: str | None = None,
        crawler_security_configuration: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Create a crawler: what it looks at, where its tables go, when it runs and what it may change."""
        bare = Definition(name, targets)
        definition = replace(
            bare,
            role=role,
            database_name=database_name,
            description=description,
            schedule=schedule or None,
            classifiers=tuple(classifiers or ()),
            table_prefix=table_prefix,
            schema_change_policy=_filled(schema_change_policy, bare.schema_change_policy),
            recrawl_policy=_filled(recrawl_policy, bare.recrawl_policy),
            lineage_configuration=_filled(lineage_configuration, bare.lineage_configuration),
            lake_formation_configuration=_filled(lake_formation_configuration, bare.lake_formation_configuration),
            configuration=configuration,
            crawler_security_configuration=crawler_security_configuration,
            tags=dict(tags or {}),
        )
        check_definition(definition)
        if self._crawlers.find(name) is not None:
            raise error("AlreadyExistsException", f"Crawler with name {name} already exists")
        self._check_classifiers(definition)
        if definition.schedule is not None:
            self._runner.schedule(definition)
        self._crawlers.create(definition, self._home.clock.now())

    @operation
    def update_crawler(
        self,
        name: str,
        role: str | None = None,
        database_name: str | None = None,
        description: str | None = None,
        targets: CrawlerTargets | None = None,
        schedule: str | None = None,
        classifiers: Sequence[str] | None = None,
        table_prefix: str | None = None,
        schema_change_policy: SchemaChangePolicy | None = None,
        recrawl_policy: RecrawlPolicy | None = None,
        lineage_configuration: LineageConfiguration | None = None,
        lake_formation_configuration: LakeFormationConfiguration | None = None,
        configuration: str | None = None,
        crawler_security_configuration: str | None = None,
    ) -> None:
        """Change what is given of a crawler; an empty schedule is none."""
        known = self._ready(name).definition
        given: Mapping[str, Any] = {
            "role": role,
            "database_name": database_name,
            "description": description,
            "targets": targets,
            "schedule": schedule,
            "classifiers": None if classifiers is None else tuple(classifiers),
            "table_prefix": table_prefix,
            "schema_change_policy": schema_change_policy and _filled(schema_change_policy, known.schema_change_policy),
            "recrawl_policy": recrawl_policy and _filled(recrawl_policy, known.recrawl_policy),
            "lineage_configuration": lineage_configuration,
            "lake_formation_configuration": lake_formation_configuration,
            "configuration": configuration,
            "crawler_security_configuration": crawler_security_configuration,
        }
        definition = replace(known, **{key: value for key, value in given.items() if value is not None})
        if known.recrawl_policy.recrawl_behavior == "CRAWL_NEW_FOLDERS_ONLY" and definition.targets != known.targets:
            raise error("InvalidInputException", "The targets of a crawler of new folders only cannot be changed")
        definition = replace(definition, schedule=definition.schedule or None)
        check_definition(definition)
        self._check_classifiers(definition)
        if definition.schedule is None:
            self._runner.unschedule(name)
        elif schedule is not None:
            self._runner.schedule(definition)
        self._crawlers.update(definition, self._home.clock.now())

    @operation
    def delete_crawler(self, name: str) -> None:
        """Delete a crawler, unless it runs; its tables stay."""
        self._ready(name)
        self._runner.unschedule(name)
        self._crawlers.delete(name)

    @operation
    def start_crawler(self, name: str, dry_run: bool = False) -> Annotated[list[Difference], Name("Differences")]:
        """Let a crawler run, whatever its schedule; with dry_run nothing is changed, and what would be is told."""
        kept = self._crawlers.get(name)
        if dry_run:
            return list(differences(self._runner.rehearse(kept.definition)))
        self._runner.start(kept)
        return []

    @operation
    def stop_crawler(self, name: str) -> None:
        """End a crawler's run: tables that it changed stay changed, those to come as they are."""
        self._crawlers.get(name)
        self._runner.stop(name)

    @operation
    def get_crawler(self, name: str) -> GetCrawlerOutput:
        """A crawler, with where it stands and how its last run ended."""
        return GetCrawlerOutput(self._shown(self._crawlers.get(name)))

    @operation
    def get_crawlers(self, max_results: int | None = None, next_token: str | None = None) -> GetCrawlersOutput:
        """The crawlers by name, a page at a time."""
        found, following = page(self._crawlers.crawlers(), max_results, next_token, most=_PAGE)
        return GetCrawlersOutput([self._shown(one) for one in found], following)

    @operation
    def batch_get_crawlers(self, crawler_names: Sequence[str]) -> BatchGetCrawlersOutput:
        """The crawlers of these names."""
        found = {one.definition.name: one for one in self._crawlers.crawlers(list(crawler_names))}
        shown = [self._shown(found[name]) for name in crawler_names if name in found]
        return BatchGetCrawlersOutput(shown, [name for name in crawler_names if name not in found])

    @operation
    def list_crawlers(
        self, max_results: int | None = None, next_token: str | None = None, tags: Mapping[str, str] | None = None
    ) -> ListCrawlersOutput:
        """The names of crawlers, or of those with these tags, a page at a time."""
        wanted = dict(tags or {}).items()
        names = [
            one.definition.name for one in self._crawlers.crawlers() if wanted <= dict(one.definition.tags).items()
        ]
        return ListCrawlersOutput(*page(names, max_results, next_token, most=_PAGE))

    # Schedules ------------------------------------------------------------------------------------------

    @operation
    def start_crawler_schedule(self, crawler_name: str) -> None:
        """Let a crawler run by its schedule again."""
        kept = self._crawlers.get(crawler_name)
        if kept.definition.schedule is None:
            raise error("NoScheduleException", f"Crawler with name {crawler_name} has no schedule")
        if kept.is_scheduled:
            raise error("SchedulerRunningException", f"Schedule of crawler with name {crawler_name} is running")
        self._runner.schedule(kept.definition)
        self._crawlers.set_scheduled(crawler_name, is_scheduled=True)

    @operation
    def stop_crawler_schedule(self, crawler_name: str) -> None:
        """Let a crawler run by hand only; its schedule is kept."""
        if not self._crawlers.get(crawler_name).is_scheduled:
            raise error("SchedulerNotRunningException", f"Schedule of crawler with name {crawler_name} isn't running")
        self._runner.unschedule(crawler_name)
        self._crawlers.set_scheduled(crawler_name, is_scheduled=False)

    @operation
    def update_crawler_schedule(self, crawler_name: str, schedule: str | None = None) -> None:
        """Give a crawler another schedule, and let it run by it; an empty one is none."""
        definition = replace(self._crawlers.get(crawler_name).definition, schedule=schedule or None)
        check_definition(definition)
        if definition.schedule is None:
            self._runner.unschedule(crawler_name)
        else:
            self._runner.schedule(definition)
        self._crawlers.update(definition, self._home.clock.now())

    def _ready(self, name: str) -> Kept:
        kept = self._crawlers.get(name)
        if kept.state != "READY":
            raise error("CrawlerRunningException", f"Crawler with name {name} has already started")
        return kept

    def _check_classifiers(self, definition: Definition) -> None:
        for name in definition.classifiers:
            self._crawlers.classifier(name)

    def _shown(self, kept: Kept) -> Crawler:
        definition = kept.definition
        crawls = self._crawlers.crawls(definition.name)
        running = next((one for one in crawls if one.ended is None), None)
        ended = next((one for one in crawls if one.ended is not None), None)
        elapsed = self._home.clock.now() - running.started if running is not None else None
        return Crawler(
            definition.name,
            definition.role,
            definition.targets,
            definition.database_name,
            definition.description,
            definition.classifiers,
            definition.recrawl_policy,
            definition.schema_change_policy,
            definition.lineage_configuration,
            kept.state,
            definition.table_prefix,
            _schedule(kept),
            int(elapsed.total_seconds() * 1000) if elapsed is not None else 0,
            kept.created,
            kept.updated,
            _last_crawl(ended) if ended is not None else None,
            kept.version,
            definition.configuration,
            definition.crawler_security_configuration,
            definition.lake_formation_configuration,
        )


def _filled(given: T | None, default: T) -> T:
    """What is given, with the default for the rest."""
    if given is None:
        return default
    return replace(default, **{key: value for key, value in _members(given).items() if value is not None})


def _members(value: Any) -> Mapping[str, Any]:
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _schedule(kept: Kept) -> Schedule | None:
    expression = kept.definition.schedule
    if expression is None:
        return None
    return Schedule(expression, "SCHEDULED" if kept.is_scheduled else "NOT_SCHEDULED")


def _last_crawl(crawl: Crawl) -> LastCrawlInfo:
    message = crawl.error or problems_text(crawl)
    return LastCrawlInfo(_STATUS[crawl.state], message, LOG_GROUP, crawl.crawler, crawl.id, crawl.started)
