"""The tables of ``glue.system`` about crawlers: what they are, what they did, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from owlake.spi import MOMENT, TEXTS, Asked, Row, RowsDefinition, rows_definition, types
from owlake_connectors.glue.conditions import texts
from owlake_connectors.glue.crawlers.model import CsvClassifier, GrokClassifier, JsonClassifier, XMLClassifier
from owlake_connectors.glue.crawlers.store import CrawlerStore

_TEXT = types.VARCHAR
_COUNTS = (
    "tables_added",
    "tables_updated",
    "tables_deleted",
    "partitions_added",
    "partitions_updated",
    "partitions_deleted",
)
_PROBLEMS = types.Array(types.Row((types.RowField("path", _TEXT), types.RowField("message", _TEXT))))


_SHOWN: Mapping[str, Sequence[tuple[str, types.Type, str]]] = {
    "crawlers": (
        ("name", _TEXT, "Its name"),
        ("state", _TEXT, "READY, RUNNING or STOPPING"),
        ("database_name", _TEXT, "Where its tables go"),
        ("targets", types.JSON, "What it looks at"),
        ("schedule", _TEXT, "When it runs by itself"),
        ("schedule_state", _TEXT, "SCHEDULED or NOT_SCHEDULED; NULL without a schedule"),
        ("classifiers", TEXTS, "Custom classifiers, in the order in which they are asked"),
        ("table_prefix", _TEXT, "What its tables' names begin with"),
        ("update_behavior", _TEXT, "What becomes of tables whose files have changed"),
        ("delete_behavior", _TEXT, "What becomes of tables whose files are gone"),
        ("recrawl_behavior", _TEXT, "Whether what was crawled is crawled again"),
        ("configuration", types.JSON, "Its configuration"),
        ("description", _TEXT, "What it is for"),
        ("role", _TEXT, "The role that AWS would run it by"),
        ("version", types.BIGINT, "Counts its changes"),
        ("creation_time", MOMENT, "When it was made"),
        ("last_updated", MOMENT, "When it was changed"),
        ("last_crawl_status", _TEXT, "SUCCEEDED, CANCELLED or FAILED"),
        ("last_crawl_time", MOMENT, "When its last run began"),
    ),
    "crawls": (
        ("crawl_id", _TEXT, "Its id"),
        ("crawler_name", _TEXT, "Whose run it is"),
        ("state", _TEXT, "RUNNING, COMPLETED, FAILED or STOPPED"),
        ("start_time", MOMENT, "When it began"),
        ("end_time", MOMENT, "When it ended"),
        ("files", types.BIGINT, "Files that it looked at"),
        *((name, types.BIGINT, name.replace("_", " ").capitalize()) for name in _COUNTS),
        ("error_message", _TEXT, "Why it failed"),
        ("problems", _PROBLEMS, "What it could make nothing of; the rest went on"),
    ),
    "crawl_log": (
        ("crawl_id", _TEXT, "The run"),
        ("crawler_name", _TEXT, "Whose run it is"),
        ("number", types.BIGINT, "Numbers the decisions of a run"),
        ("level", _TEXT, "INFO, WARN or ERROR"),
        ("kind", _TEXT, "What it is about: FILE, COLUMN, GROUP, TABLE or PARTITION"),
        ("table_name", _TEXT, "The table"),
        ("path", _TEXT, "The file or folder that showed it"),
        ("column_name", _TEXT, "The column"),
        ("type", _TEXT, "The type that the file gives it"),
        ("message", _TEXT, "What was decided, and why"),
    ),
    "classifiers": (
        ("name", _TEXT, "Its name"),
        ("kind", _TEXT, "GROK, XML, JSON or CSV"),
        ("classification", _TEXT, "What files are called that it takes"),
        ("definition", types.JSON, "How it reads them"),
        ("version", types.BIGINT, "Counts its changes"),
        ("creation_time", MOMENT, "When it was made"),
        ("last_updated", MOMENT, "When it was changed"),
    ),
}
"""The columns of each table: name, type, what it says."""


def crawler_tables(store: CrawlerStore) -> Mapping[str, RowsDefinition]:
    """The tables by name."""
    found = _Rows(store)
    rows = {
        "crawlers": found.crawlers,
        "crawls": found.crawls,
        "crawl_log": found.crawl_log,
        "classifiers": found.classifiers,
    }
    return {name: rows_definition(rows[name], *columns) for name, columns in _SHOWN.items()}


class _Rows:
    def __init__(self, store: CrawlerStore) -> None:
        self._store = store

    def crawlers(self, _: Asked) -> Iterator[Row]:
        for kept in self._store.crawlers():
            one = kept.definition
            last = next((crawl for crawl in self._store.crawls(one.name) if crawl.ended is not None), None)
            policy = one.schema_change_policy
            yield (
                one.name, kept.state, one.database_name, _without_none(msgspec.to_builtins(one.targets)), one.schedule,
                _schedule_state(one.schedule, is_scheduled=kept.is_scheduled), list(one.classifiers), one.table_prefix,
                policy.update_behavior, policy.delete_behavior, one.recrawl_policy.recrawl_behavior, one.configuration,
                one.description, one.role, kept.version, kept.created, kept.updated,
                _STATUS[last.state] if last else None, last.started if last else None,
            )  # fmt: skip

    def crawls(self, _: Asked) -> Iterator[Row]:
        for one in reversed(self._store.crawls()):
            counts = [getattr(one.counts, name) for name in _COUNTS]
            problems = [{"path": each.path, "message": each.message} for each in one.problems]
            yield one.id, one.crawler, one.state, one.started, one.ended, one.files, *counts, one.error, problems

    def crawl_log(self, asked: Asked) -> Iterator[Row]:
        for crawler, crawl_id, number, one in self._store.log(texts(asked, "crawl_id")):
            yield (
                crawl_id, crawler, number, one.level, one.kind, one.table, one.path, one.column, one.type, one.message,
            )  # fmt: skip

    def classifiers(self, _: Asked) -> Iterator[Row]:
        for one in self._store.classifiers():
            match one:
                case GrokClassifier() | XMLClassifier():
                    classification = one.classification
                case JsonClassifier() | CsvClassifier():
                    classification = "json" if isinstance(one, JsonClassifier) else "csv"
            kind = type(one).__name__.removesuffix("Classifier").upper()
            described = {
                name: value
                for name, value in msgspec.to_builtins(one).items()
                if name not in ("name", "classification", "version", "creation_time", "last_updated")
            }
            yield (
                one.name, kind, classification, _without_none(described), one.version, one.creation_time,
                one.last_updated,
            )  # fmt: skip


_STATUS = {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED", "FAILED": "FAILED"}


def _schedule_state(schedule: str | None, *, is_scheduled: bool) -> str | None:
    if schedule is None:
        return None
    return "SCHEDULED" if is_scheduled else "NOT_SCHEDULED"


def _without_none(document: object) -> str:
    """JSON without what was not said."""
    return json.dumps(_said(document), ensure_ascii=False, separators=(",", ":"))


def _said(document: object) -> object:
    match document:
        case dict():
            return {key: _said(value) for key, value in document.items() if value is not None}
        case list():
            return [_said(one) for one in document]
    return document
