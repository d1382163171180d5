"""What crawlers keep: their definitions, their runs, what these decided, and what they remember of folders."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec

from owlake.spi import Database, error, open_database
from owlake_connectors.glue.crawlers.codec import FolderReader, encode_folder
from owlake_connectors.glue.crawlers.folders import Folder
from owlake_connectors.glue.crawlers.model import (
    AnyClassifier,
    Counts,
    Crawl,
    CrawlerState,
    Decision,
    Definition,
    Kept,
    Problem,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HISTORY = timedelta(days=365)
# Made here, once: two threads that make a decoder of one dataclass at the same time end the process.
_CLASSIFIERS = {kind.__name__: msgspec.json.Decoder(kind) for kind in get_args(AnyClassifier)}
_DEFINITIONS = msgspec.json.Decoder(Definition)
_DECISIONS = msgspec.json.Decoder(Decision)
_COUNTS = msgspec.json.Decoder(Counts)
_CRAWL = "id, crawler, state, started, ended, files, counts, error, problems"


class CrawlerStore:
    """The state of all crawlers of a home. Safe for threads and processes."""

    def __init__(self, directory: Path) -> None:
        self._database: Database = open_database(directory / "crawlers.db", "owlake_connectors.glue.crawlers")

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # Crawlers -------------------------------------------------------------------------------------------

    def create(self, definition: Definition, now: datetime) -> None:
        """Keep a crawler. Errors: AlreadyExistsException."""
        try:
            with self._database.write() as connection:
                connection.execute(
                    "INSERT INTO crawlers VALUES (?, ?, 'READY', ?, 1, ?, ?)",
                    (
                        definition.name,
                        _encoded(definition),
                        definition.schedule is not None,
                        _to_number(now),
                        _to_number(now),
                    ),
                )
        except Exception as problem:
            if self.find(definition.name) is not None:
                raise error(
                    "AlreadyExistsException", f"Crawler with name {definition.name} already exists"
                ) from problem
            raise

    def find(self, name: str) -> Kept | None:
        """The crawler of this name."""
        return next(iter(self.crawlers([name])), None)

    def get(self, name: str) -> Kept:
        """The crawler of this name. Errors: EntityNotFoundException."""
        found = self.find(name)
        if found is None:
            raise error("EntityNotFoundException", f"Crawler entry with name {name} does not exist")
        return found

    def crawlers(self, names: Sequence[str] | None = None) -> list[Kept]:
        """Those of these names, or all, by name."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT definition, state, is_scheduled, version, created, updated FROM crawlers"
                " WHERE ? IS NULL OR name IN (SELECT value FROM json_each(?)) ORDER BY name",
                (_names(names), _names(names)),
            ).fetchall()
        return [
            Kept(
                _DEFINITIONS.decode(definition),
                state,
                bool(is_scheduled),
                version,
                _to_time(created),
                _to_time(updated),
            )
            for definition, state, is_scheduled, version, created, updated in rows
        ]

    def update(self, definition: Definition, now: datetime) -> None:
        """Replace a crawler's definition; its version counts up."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE crawlers SET definition = ?, is_scheduled = ?, version = version + 1, updated = ?"
                " WHERE name = ?",
                (_encoded(definition), definition.schedule is not None, _to_number(now), definition.name),
            )

    def change_tags(self, name: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Give a crawler other tags, which is no change of its version. Errors: EntityNotFoundException."""
        with self._database.write() as connection:
            definition = self.get(name).definition
            tagged = _encoded(replace(definition, tags=dict(change(definition.tags))))
            connection.execute("UPDATE crawlers SET definition = ? WHERE name = ?", (tagged, name))

    def set_scheduled(self, name: str, *, is_scheduled: bool) -> None:
        """Switch a schedule on or off."""
        with self._database.write() as connection:
            connection.execute("UPDATE crawlers SET is_scheduled = ? WHERE name = ?", (is_scheduled, name))

    def delete(self, name: str) -> None:
        """Forget a crawler, its runs and what it knows of folders."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM crawl_log WHERE crawl_id IN (SELECT id FROM crawls WHERE crawler = ?)", (name,)
            )
            for table, column in (("crawls", "crawler"), ("folders", "crawler"), ("crawlers", "name")):
                connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))

    def state(self, name: str) -> CrawlerState | None:
        """Where a crawler stands; None for one that is gone."""
        with self._database.read() as connection:
            row = connection.execute("SELECT state FROM crawlers WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def move(self, name: str, source: CrawlerState, target: CrawlerState) -> bool:
        """Take a crawler from one state to another; False where it is not in the first."""
        with self._database.write() as connection:
            return bool(
                connection.execute(
                    "UPDATE crawlers SET state = ? WHERE name = ? AND state = ?", (target, name, source)
                ).rowcount
            )

    # Runs -----------------------------------------------------------------------------------------------

    def begin(self, crawl: Crawl) -> bool:
        """Write down that a crawler that is READY runs; False where it is not."""
        with self._database.write() as connection:
            if not connection.execute(
                "UPDATE crawlers SET state = 'RUNNING' WHERE name = ? AND state = 'READY'", (crawl.crawler,)
            ).rowcount:
                return False
            connection.execute(
                "INSERT INTO crawls (id, crawler, state, started) VALUES (?, ?, 'RUNNING', ?)",
                (crawl.id, crawl.crawler, _to_number(crawl.started)),
            )
            self._forget_old(connection, crawl.started - _HISTORY)
        return True

    def end(self, crawl: Crawl, decisions: Iterable[Decision], folders: Iterable[Folder] | None) -> None:
        """Write down how a run ended, and what it decided. ``folders``: what is remembered in place of what was."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE crawls SET state = ?, ended = ?, files = ?, counts = ?, error = ?, problems = ? WHERE id = ?",
                (
                    crawl.state,
                    _to_number(crawl.ended) if crawl.ended else None,
                    crawl.files,
                    _encoded(crawl.counts),
                    crawl.error,
                    json.dumps([[one.path, one.message] for one in crawl.problems], ensure_ascii=False),
                    crawl.id,
                ),
            )
            connection.execute("DELETE FROM crawl_log WHERE crawl_id = ?", (crawl.id,))
            connection.executemany(
                "INSERT INTO crawl_log VALUES (?, ?, ?)",
                ((crawl.id, number, _encoded(one)) for number, one in enumerate(decisions, 1)),
            )
            if folders is not None:
                self._remember(connection, crawl.crawler, folders)
            connection.execute("UPDATE crawlers SET state = 'READY' WHERE name = ?", (crawl.crawler,))

    def crawls(self, crawler: str | None = None) -> list[Crawl]:
        """The runs of a crawler, or of all, the latest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {_CRAWL} FROM crawls WHERE ? IS NULL OR crawler = ? ORDER BY number DESC", (crawler, crawler)
            ).fetchall()
        return [_crawl(row) for row in rows]

    def log(self, crawl_ids: Sequence[str] | None = None) -> Iterator[tuple[str, str, int, Decision]]:
        """The decisions of runs, or of all: crawler, id of the run, number and what was decided."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT crawler, crawl_id, l.number, decision FROM crawl_log l JOIN crawls c ON c.id = l.crawl_id"
                " WHERE ? IS NULL OR c.id IN (SELECT value FROM json_each(?)) ORDER BY c.number, l.number",
                (_names(crawl_ids), _names(crawl_ids)),
            ).fetchall()
        for crawler, crawl_id, number, decision in rows:
            yield crawler, crawl_id, number, _DECISIONS.decode(decision)

    def folders(self, crawler: str) -> dict[str, tuple[str, str]]:
        """What a crawler remembers: digest and content of each folder."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT folder, digest, result FROM folders WHERE crawler = ?", (crawler,))
            return {folder: (digest, result) for folder, digest, result in rows}

    def _remember(self, connection: sqlite3.Connection, crawler: str, folders: Iterable[Folder]) -> None:
        found = {one.path: one for one in folders}
        known = dict(connection.execute("SELECT folder, digest FROM folders WHERE crawler = ?", (crawler,)).fetchall())
        connection.executemany(
            "DELETE FROM folders WHERE crawler = ? AND folder = ?",
            ((crawler, folder) for folder in known if folder not in found),
        )
        connection.executemany(
            "INSERT OR REPLACE INTO folders VALUES (?, ?, ?, ?)",
            (
                (crawler, path, one.digest, encode_folder(one))
                for path, one in found.items()
                if known.get(path) != one.digest
            ),
        )

    def _forget_old(self, connection: sqlite3.Connection, before: datetime) -> None:
        oldest = _to_number(before)
        connection.execute(
            "DELETE FROM crawl_log WHERE crawl_id IN (SELECT id FROM crawls WHERE started < ?)", (oldest,)
        )
        connection.execute("DELETE FROM crawls WHERE started < ?", (oldest,))

    # Classifiers ----------------------------------------------------------------------------------------

    def create_classifier(self, classifier: AnyClassifier, now: datetime) -> None:
        """Keep a classifier. Errors: AlreadyExistsException."""
        if self.classifiers([classifier.name]):
            raise error("AlreadyExistsException", f"Classifier with name {classifier.name} already exists")
        self.put_classifier(replace(classifier, creation_time=now, last_updated=now, version=1))

    def changed_classifier(self, given: AnyClassifier, now: datetime) -> AnyClassifier:
        """A classifier with what is given in place of what was.

        Errors: EntityNotFoundException, InvalidInputException.
        """
        known = self.classifier(given.name)
        if type(known) is not type(given):
            raise error("InvalidInputException", f"Classifier {given.name} is of another kind")
        members = ((one.name, getattr(given, one.name)) for one in fields(given))
        changes: dict[str, Any] = {name: value for name, value in members if value not in (None, "")}
        return replace(known, **{**changes, "last_updated": now, "version": (known.version or 0) + 1})

    def classifier(self, name: str) -> AnyClassifier:
        """The classifier of this name. Errors: EntityNotFoundException."""
        found = self.classifiers([name])
        if not found:
            raise error("EntityNotFoundException", f"Classifier entry with name {name} does not exist")
        return found[0]

    def classifiers(self, names: Sequence[str] | None = None) -> list[AnyClassifier]:
        """Those of these names, or all, by name."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT kind, definition FROM classifiers"
                " WHERE ? IS NULL OR name IN (SELECT value FROM json_each(?)) ORDER BY name",
                (_names(names), _names(names)),
            ).fetchall()
        return [_CLASSIFIERS[kind].decode(definition) for kind, definition in rows]

    def delete_classifier(self, name: str) -> None:
        """Forget a classifier. Errors: EntityNotFoundException."""
        self.classifier(name)
        with self._database.write() as connection:
            connection.execute("DELETE FROM classifiers WHERE name = ?", (name,))

    def put_classifier(self, classifier: AnyClassifier) -> None:
        """Keep a classifier as it is."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO classifiers VALUES (?, ?, ?)",
                (classifier.name, type(classifier).__name__, _encoded(classifier)),
            )


def remembered(text: Mapping[str, tuple[str, str]]) -> Mapping[str, Folder]:
    """Folders as they are remembered, read."""
    reader = FolderReader()
    return {path: reader.folder(path, digest, result) for path, (digest, result) in text.items()}


def _crawl(row: tuple[str, str, Any, int, int | None, int, str, str | None, str]) -> Crawl:
    crawl_id, crawler, state, started, ended, files, counts, problem, problems = row
    return Crawl(
        crawl_id,
        crawler,
        state,
        _to_time(started),
        None if ended is None else _to_time(ended),
        _COUNTS.decode(counts),
        files,
        problem,
        tuple(Problem(*one) for one in json.loads(problems)),
    )


def _encoded(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _names(names: Sequence[str] | None) -> str | None:
    return None if names is None else json.dumps(list(names))


def _to_number(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _to_time(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND
