"""Glue's operations on the runs of crawlers (https://docs.aws.amazon.com/glue/latest/webapi/API_ListCrawls.html)."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from owlake.spi import error, operation
from owlake_connectors.glue.crawlers.model import Counts, Crawl, CrawlerHistory, CrawlerMetrics, CrawlsFilter, Kept
from owlake_connectors.glue.crawlers.store import CrawlerStore
from owlake_connectors.glue.pages import page

LOG_GROUP = "/aws-glue/crawlers"
_PAGE = 100
_CRAWLS_PAGE = 1000
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "NE": operator.ne,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}


@dataclass(frozen=True, slots=True)
class ListCrawlsOutput:
    """A page of runs."""

    crawls: list[CrawlerHistory]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class GetCrawlerMetricsOutput:
    """A page of what crawlers did."""

    crawler_metrics_list: list[CrawlerMetrics]
    next_token: str | None = None


class Crawls:
    """Operations on runs."""

    _crawlers: CrawlerStore

    @operation
    def list_crawls(
        self,
        crawler_name: str,
        max_results: int | None = None,
        filters: Sequence[CrawlsFilter] | None = None,
        next_token: str | None = None,
    ) -> ListCrawlsOutput:
        """The runs of a crawler in twelve months, the latest first."""
        self._crawlers.get(crawler_name)
        conditions = filters or ()
        found = [one for one in self._crawlers.crawls(crawler_name) if all(_fits(one, each) for each in conditions)]
        crawls, following = page(found, max_results, next_token, most=_CRAWLS_PAGE)
        return ListCrawlsOutput([_history(one) for one in crawls], following)

    @operation
    def get_crawler_metrics(
        self,
        crawler_name_list: Sequence[str] | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> GetCrawlerMetricsOutput:
        """How long crawlers run, and how many tables they made, changed and deleted."""
        names = None if crawler_name_list is None else list(crawler_name_list)
        found, following = page(self._crawlers.crawlers(names), max_results, next_token, most=_PAGE)
        return GetCrawlerMetricsOutput([self._metrics(one) for one in found], following)

    def _metrics(self, kept: Kept) -> CrawlerMetrics:
        name = kept.definition.name
        crawls = self._crawlers.crawls(name)
        times = [(one.ended - one.started).total_seconds() for one in crawls if one.ended is not None]
        counts = [one.counts for one in crawls]
        return CrawlerMetrics(
            name,
            0.0,
            kept.state != "READY" and not times,
            times[0] if times else 0.0,
            median(times) if times else 0.0,
            sum(one.tables_added for one in counts),
            sum(one.tables_updated for one in counts),
            sum(one.tables_deleted for one in counts),
        )


def summary(counts: Counts) -> str | None:
    """What a run changed, as ListCrawls says it; None where it changed nothing."""
    found = {}
    for kind, numbers in (
        ("TABLE", (counts.tables_added, counts.tables_updated, counts.tables_deleted)),
        ("PARTITION", (counts.partitions_added, counts.partitions_updated, counts.partitions_deleted)),
    ):
        parts = {
            action: {"Count": number}
            for action, number in zip(("ADD", "UPDATE", "DELETE"), numbers, strict=True)
            if number
        }
        if parts:
            found[kind] = json.dumps(parts)
    return json.dumps(found) if found else None


def problems_text(crawl: Crawl) -> str | None:
    """What a run that went on could make nothing of."""
    return "\n".join(f"{one.path}: {one.message}" for one in crawl.problems) or None


def _history(crawl: Crawl) -> CrawlerHistory:
    return CrawlerHistory(
        crawl.id,
        crawl.state,
        crawl.started,
        crawl.ended,
        summary(crawl.counts),
        crawl.error or problems_text(crawl),
        LOG_GROUP,
        crawl.crawler,
        crawl.id,
        0.0,
    )


def _fits(crawl: Crawl, condition: CrawlsFilter) -> bool:
    """Errors: InvalidInputException, ValidationException for what is no condition."""
    name, comparison, text = condition.field_name, condition.filter_operator or "EQ", condition.field_value or ""
    if name in {"CRAWL_ID", "STATE"} and comparison not in {"EQ", "NE"}:
        raise error("InvalidInputException", f"Only EQ or NE operator is allowed for field : {name}")
    match name:
        case "CRAWL_ID":
            return _OPERATORS[comparison](crawl.id, text)
        case "STATE":
            return _OPERATORS[comparison](crawl.state, text)
        case "DPU_HOUR":
            return _OPERATORS[comparison](0.0, _number(text))
        case "START_TIME":
            return _OPERATORS[comparison](crawl.started.timestamp(), _number(text) / 1000)
        case "END_TIME":
            ended = crawl.ended
            return ended is not None and _OPERATORS[comparison](ended.timestamp(), _number(text) / 1000)
    raise error("InvalidInputException", "A filter needs a field")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise error("InvalidInputException", f"The filter's value is no number: {text}") from None
