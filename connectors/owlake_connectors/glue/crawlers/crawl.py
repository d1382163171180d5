"""A run of a crawler: list, classify, group, compare, apply. What it decides, it tells.

Files are read before the catalog is locked; each table is changed in one transaction, so that whoever reads sees a
table as it was or as it is. A run that was cut off begins again, and finds done what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from owlake.spi import Home, OwlakeError, catalog_model, error, uris
from owlake_connectors.glue.crawlers.applying import apply_change
from owlake_connectors.glue.crawlers.building import UPDATED_BY, Author, Built, build, other_name, table_name
from owlake_connectors.glue.crawlers.changes import Change, Comparison, Policies, Values, added_up, gone, taken_apart
from owlake_connectors.glue.crawlers.classification.found import Classify
from owlake_connectors.glue.crawlers.configuration import Configuration, read_configuration
from owlake_connectors.glue.crawlers.custom import classify_by
from owlake_connectors.glue.crawlers.described import Described
from owlake_connectors.glue.crawlers.folders import Folder, digest_of, read_folder
from owlake_connectors.glue.crawlers.grouping import Grouping, GroupingPolicy, TableFound, cannot_unite
from owlake_connectors.glue.crawlers.incremental import with_new_folders
from owlake_connectors.glue.crawlers.inference.types import type_text
from owlake_connectors.glue.crawlers.jdbc import jdbc_tables
from owlake_connectors.glue.crawlers.listing import Listing, list_target
from owlake_connectors.glue.crawlers.model import (
    AnyClassifier,
    CatalogTarget,
    Counts,
    Decision,
    Definition,
    Problem,
    S3Target,
)
from owlake_connectors.glue.crawlers.open_tables import OpenTarget, open_tables, open_targets
from owlake_connectors.glue.crawlers.store import CrawlerStore, remembered

DEFAULT_DATABASE = "default"
_MOST_LOGGED = 10_000
_MOST_PROBLEMS = 100


@dataclass(slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        folders: What to remember.
        changes: Every table, also those that stay.
        problems: What could not be read: it may be there, and nothing is gone for it.
        empty: Files that say nothing.
    """

    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    empty: list[Problem] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    folders: dict[str, Folder] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    files: int = 0

    @property
    def named_problems(self) -> tuple[Problem, ...]:
        """As many as a row has room for; the log has more."""
        found = [*self.problems, *self.empty]
        if len(found) <= _MOST_PROBLEMS:
            return tuple(found)
        return (*found[:_MOST_PROBLEMS], Problem("", f"and {len(found) - _MOST_PROBLEMS} more"))


@dataclass(slots=True)
class _Target:
    """A target as it was listed. ``table``: the one that it is to be, for targets of the catalog."""

    path: str
    listing: Listing
    exclusions: Sequence[str]
    folders: list[Folder]
    table: catalog_model.Table | None = None

    def covers(self, place: str) -> bool:
        """Whether a place was looked at."""
        return f"{place}/".startswith(f"{self.listing.root.rstrip('/')}/")


class Run:
    """One run of one crawler. ``check`` is asked all the time: what it raises ends the run where it stands."""

    def __init__(
        self, home: Home, store: CrawlerStore, definition: Definition, outcome: Outcome, check: Callable[[], None]
    ) -> None:
        self._home = home
        self._store = store
        self._definition = definition
        self._configuration: Configuration = read_configuration(definition.configuration)
        self._check = check
        self.outcome = outcome
        self._is_partial = definition.recrawl_policy.recrawl_behavior == "CRAWL_NEW_FOLDERS_ONLY"
        self._known = remembered(store.folders(definition.name))
        # The first crawl is one of everything.
        self._is_incremental = self._is_partial and bool(self._known)

    def plan(self) -> list[Change]:
        """What the run would change, in the order of the tables' names. Errors: InvalidInputException."""
        targets, described = list(self._targets()), list(self._described())
        if not targets and not described and self.outcome.problems:
            first = self.outcome.problems[0]
            raise error("InvalidInputException", f"No target could be crawled: {first.path}: {first.message}")
        found = [(target, one) for target in targets for one in self._grouped(target)]
        places = [place for one in described for place in one.places]
        names = self._names([*(one.location for target, one in found if target.table is None), *places])
        self._check_threshold(len(found) + len(places))
        opened = list(self._opened(described, names))
        compared = self._compared(self._built(found, names), [*targets, *described], {one.name for one in opened})
        self.outcome.changes = sorted([*opened, *compared], key=lambda one: one.name)
        for one in self.outcome.changes:
            self.outcome.decisions.extend(one.decisions)
        return self.outcome.changes

    def _check_threshold(self, tables: int) -> None:
        threshold = self._configuration.threshold
        if threshold is not None and tables > threshold:
            raise error(
                "InvalidInputException",
                f"The number of tables detected by the crawler ({tables}) is greater than the table threshold value"
                f" provided ({threshold}). No tables were written to the Data Catalog.",
            )

    def apply(self) -> None:
        """Change the catalog, a table at a time."""
        self._create_database()
        for change in self.outcome.changes:
            self._check()
            if change.is_nothing:
                continue
            try:
                self._apply(change)
            except OwlakeError as problem:
                self._problem(change.name, str(problem), kind="TABLE")
                continue
            self.outcome.counts = added_up(self.outcome.counts, change.counts)

    # What is there --------------------------------------------------------------------------------------

    def _targets(self) -> Iterator[_Target]:
        classifiers = [classify_by(one) for one in self._classifiers()]
        for target in self._definition.targets.s3_targets or ():
            yield from self._target(target.path, target, classifiers)
        for each in self._definition.targets.catalog_targets or ():
            yield from self._catalog_target(each, classifiers)

    def _described(self) -> Iterator[Described]:
        for one in open_targets(self._definition.targets):
            yield from self._look(one.path, partial(self._open, one))
        for each in self._definition.targets.jdbc_targets or ():
            yield from self._look(each.path or "", partial(jdbc_tables, self._home, each))

    def _open(self, target: OpenTarget) -> Described:
        return open_tables(self._home, replace(target, path=_absolute(target.path)))

    def _look(self, path: str, look: Callable[[], Described]) -> Iterator[Described]:
        self._check()
        try:
            yield look()
        except OwlakeError as problem:
            self._problem(path, str(problem))
        except Exception as problem:  # noqa: BLE001  (whatever a connector says, the other targets go on)
            self._problem(path, f"{type(problem).__name__}: {problem}")

    def _classifiers(self) -> list[AnyClassifier]:
        found = {one.name: one for one in self._store.classifiers(self._definition.classifiers)}
        missing = [name for name in self._definition.classifiers if name not in found]
        if missing:
            raise error("EntityNotFoundException", f"Classifier entry with name {missing[0]} does not exist")
        return [found[name] for name in self._definition.classifiers]

    def _target(
        self, path: str, target: S3Target, classifiers: Sequence[Classify], table: catalog_model.Table | None = None
    ) -> Iterator[_Target]:
        self._check()
        exclusions = tuple(target.exclusions or ())
        try:
            listing = list_target(self._home, _absolute(path), exclusions)
        except OwlakeError as problem:
            self._problem(path, str(problem))
            return
        self.outcome.files += listing.files
        for folder in listing.opened:
            self._problem(folder, "It is a table of Iceberg or Delta Lake: targets of that kind crawl it", kind="GROUP")
        for empty in listing.empty:
            passed = Problem(empty, "The file is empty: it is passed over")
            self.outcome.empty.append(passed)
            self._tell(Decision("WARN", "FILE", passed.message, path=empty))
        if not listing.files:
            self._tell(Decision("WARN", "GROUP", "There are no files", path=path))
        folders = [self._folder(folder, listing, target, classifiers) for folder in sorted(listing.folders)]
        yield _Target(path, listing, exclusions, folders, table)

    def _catalog_target(self, target: CatalogTarget, classifiers: Sequence[Classify]) -> Iterator[_Target]:
        for name in target.tables:
            with self._home.metastore.read() as catalog:
                table = catalog.find_table(target.database_name, name)
            if table is None:
                self._problem(f"{target.database_name}.{name}", "The table of the catalog target does not exist")
                continue
            yield from self._target(table.storage.location, S3Target(table.storage.location), classifiers, table)

    def _folder(self, path: str, listing: Listing, target: S3Target, classifiers: Sequence[Classify]) -> Folder:
        self._check()
        files = listing.folders[path]
        digest = digest_of(files, target.sample_size)
        known = self._known.get(path)
        if known is not None and (self._is_partial or known.digest == digest):
            folder = known
        else:
            folder = read_folder(
                self._home,
                path,
                files,
                digest=digest,
                sample_size=target.sample_size,
                classifiers=classifiers,
                unite=partial(cannot_unite, combines=self._configuration.combines),
            )
        self.outcome.folders[path] = folder
        for problem in folder.problems:
            self._problem(problem.path, problem.message)
        for note in folder.notes[:_MOST_LOGGED]:
            self._tell(Decision("WARN", "FILE", note.message, path=note.path))
        return folder

    # What tables that makes -----------------------------------------------------------------------------

    def _built(self, found: Sequence[tuple[_Target, TableFound]], names: Mapping[str, str]) -> list[Built]:
        built = []
        for target, one in found:
            database, name = self._database, names.get(one.location, "")
            if target.table is not None:
                database, name = target.table.database, target.table.name
            author = Author(self._definition.name, database, target.exclusions, self._configuration.inherits)
            built.append(build(one, name, author))
            self._tell_of_columns(name, one)
        return built

    def _grouped(self, target: _Target) -> list[TableFound]:
        combines = self._configuration.combines or target.table is not None
        grouping = Grouping(GroupingPolicy(combines, self._configuration.level), target.listing.folders)
        found = self._tables(grouping, target)
        self.outcome.decisions.extend(grouping.decisions)
        if target.table is None:
            return found
        whole = [one for one in found if one.location.rstrip("/") == target.table.storage.location.rstrip("/")]
        if found and not whole:
            self._problem(target.path, "The files of the catalog target are no one table; see the crawl's log")
        return whole

    def _tables(self, grouping: Grouping, target: _Target) -> list[TableFound]:
        root = target.listing.root
        if not self._is_incremental:
            return grouping.tables(root, target.folders)
        known = [one for path, one in self._known.items() if path.startswith(root)]
        new = [one for one in target.folders if one.path not in self._known]
        found, odd = with_new_folders(grouping.tables(root, known), new, combines=self._configuration.combines)
        for one in odd:
            self._problem(one.path, one.message, kind="PARTITION")
            # It is looked at again: its files may be others by then.
            del self.outcome.folders[one.path]
        self.outcome.folders |= {one.path: one for one in known}
        return found

    def _names(self, locations: Sequence[str]) -> dict[str, str]:
        """A name for each location: its folder's, with a digest where another location has that already."""
        names: dict[str, str] = {}
        taken: dict[str, str] = {}
        with self._home.metastore.read() as catalog:
            for place in sorted(locations):
                name = table_name(place, self._definition.table_prefix or "")
                existing = catalog.find_table(self._database, name)
                elsewhere = existing is not None and _place(existing) != place.rstrip("/")
                if elsewhere or taken.get(name, place) != place:
                    told = Decision("WARN", "TABLE", f"The name {name} is taken by another location", name, place)
                    self._tell(told)
                    name = other_name(name, place)
                taken[name] = place
                names[place] = name
        return names

    def _tell_of_columns(self, table: str, found: TableFound) -> None:
        final = {one.name: type_text(one.type) for one in found.found.columns}
        for column, types in found.found.reasons.items():
            for text, evidence in types.items():
                message = f"{text} in {evidence.files} of {found.found.files} files"
                if text != final[column]:
                    message += f"; with the others that makes {final[column]}"
                self._tell(Decision("INFO", "COLUMN", message, table, evidence.file, column, text))

    # What that changes ----------------------------------------------------------------------------------

    def _opened(self, targets: Sequence[Described], names: Mapping[str, str]) -> Iterator[Change]:
        """Tables that describe themselves, as they are now."""
        is_fixed = self._policies().update == "LOG"
        for target in targets:
            for place in target.places:
                self._check()
                name = names[place]
                try:
                    found = target.table(place, self._database, name, self._definition.name)
                except OwlakeError as problem:
                    self._problem(place, str(problem))
                    continue
                with self._home.metastore.read() as catalog:
                    before = catalog.find_table(self._database, name)
                after = found if before is None else before if is_fixed else target.updated(before, found)
                text = "The table is added" if before is None else "The table has another version"
                told = (Decision("INFO", "TABLE", text, name, place),) if before != after else ()
                yield Change(name, before, after, decisions=told)

    def _compared(
        self, built: Sequence[Built], targets: Sequence[_Target | Described], opened: Collection[str]
    ) -> Iterator[Change]:
        unreadable = frozenset(one.path for one in self.outcome.problems)
        policies = self._policies()
        seen = {(self._database, name) for name in opened}
        with self._home.metastore.read() as catalog:
            for one in built:
                self._check()
                database, name = one.table.database, one.table.name
                seen.add((database, name))
                before = catalog.find_table(database, name)
                if before is None and self._is_incremental:
                    self._tell(Decision("WARN", "TABLE", "Only new folders are crawled: no table is added", name))
                    continue
                partitions: Mapping[Values, catalog_model.Partition] = {}
                if before is not None and before.partition_keys:
                    partitions = {each.values: each for each in catalog.list_partitions(database, name)}
                yield Comparison(one, before, partitions, policies, unreadable).change()
            if self._is_partial:
                return
            for table in self._own_tables(catalog.list_tables([self._database])):
                if (table.database, table.name) not in seen and self._is_gone(table, targets, unreadable):
                    is_there = any(_has_files(one, _place(table)) for one in targets)
                    yield (taken_apart if policies.merges and is_there else gone)(table, policies)

    def _own_tables(self, tables: Iterable[catalog_model.Table]) -> list[catalog_model.Table]:
        return [one for one in tables if one.parameters.get(UPDATED_BY) == self._definition.name]

    def _is_gone(
        self, table: catalog_model.Table, targets: Sequence[_Target | Described], unreadable: frozenset[str]
    ) -> bool:
        """Whether a table's place was looked at, and nothing there is it any more."""
        place = _place(table)
        looked_at = any(one.covers(place) for one in targets)
        return looked_at and not any(path == place or path.startswith(f"{place}/") for path in unreadable)

    def _policies(self) -> Policies:
        now = str(int(self._home.clock.now().timestamp() * 1000))
        policy = self._definition.schema_change_policy
        update = policy.update_behavior or "UPDATE_IN_DATABASE"
        delete = policy.delete_behavior or "DEPRECATE_IN_DATABASE"
        if self._is_partial:
            update = delete = "LOG"
        return Policies(update, delete, self._configuration.merges, self._configuration.inherits, now)

    # The catalog ----------------------------------------------------------------------------------------

    def _create_database(self) -> None:
        if not any(one.before is None for one in self.outcome.changes):
            return
        with self._home.metastore.read() as catalog:
            if catalog.find_database(self._database) is not None:
                return
        with self._home.metastore.write() as catalog:
            if catalog.find_database(self._database) is None:
                catalog.create_database(catalog_model.Database(self._database))

    def _apply(self, change: Change) -> None:
        apply_change(self._home, change, self._definition.role, indexes=self._configuration.indexes)

    @property
    def _database(self) -> str:
        return (self._definition.database_name or DEFAULT_DATABASE).lower()

    def _problem(self, path: str, message: str, kind: str = "FILE") -> None:
        self.outcome.problems.append(Problem(path, message))
        self._tell(Decision("ERROR", kind, message, path=path))  # type: ignore[arg-type]

    def _tell(self, decision: Decision) -> None:
        if len(self.outcome.decisions) < _MOST_LOGGED:
            self.outcome.decisions.append(decision)


def _absolute(path: str) -> str:
    """Glue takes ``bucket/folder`` as well as ``s3://bucket/folder``."""
    found = path if "://" in path else f"s3://{path}"
    uris.parse(found)
    return found


def _has_files(target: _Target | Described, place: str) -> bool:
    return isinstance(target, _Target) and any(path.startswith(f"{place}/") for path in target.listing.folders)


def _place(table: catalog_model.Table) -> str:
    """Where a table was found: of Iceberg's the folder of its metadata, as these may call it otherwise."""
    metadata = table.parameters.get("metadata_location", "").rpartition("/metadata/")[0]
    return (metadata or table.storage.location).rstrip("/")
