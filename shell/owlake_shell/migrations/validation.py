"""Drift: the catalog compared with what the applied migrations make when they are replayed in an empty home."""

from __future__ import annotations

from owlake.dialect.nodes import hive
from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Statement as Tree
from owlake.errors import OwlakeError
from owlake.session import Session
from owlake_shell.migrations.comparison import CatalogState, Difference, Scope, differences
from owlake_shell.migrations.ledger import Ledger
from owlake_shell.migrations.model import Statement
from owlake_shell.migrations.rehearsal import catalog_state, rehearse
from owlake_shell.migrations.relations import Name, changed_by, parse_statement
from owlake_shell.migrations.target import Target


def drift(ledger: Ledger, target: Target) -> list[Difference]:
    """What is other in the target than the applied migrations made it.

    Statements are replayed on catalogs without data: of CREATE TABLE AS the table is made, rows are not.

    Errors: MIGRATION_REFUSED where files and history do not fit together.
    """
    ledger.check()
    replay = _Replay(target.database)
    with target.blank() as session:
        for entry in ledger.applied():
            if entry.migration is not None:
                rendered = ledger.project.render(entry.migration)
                for statement in rendered.up:
                    replay.run(session, statement, entry.migration.path)
        expected, found = catalog_state(session.home), target.catalog()
        scope = Scope(replay.unplaced, replay.partitioned, ledger.project.settings.ignore)
        return [*replay.problems, *differences(expected, _without_history(found, ledger), scope)]


def _without_history(found: CatalogState, ledger: Ledger) -> CatalogState:
    """The table that shows the history is nobody's drift."""
    athena = ledger.project.environment.athena
    if athena is None:
        return found
    database, _, table = athena.history_table.lower().rpartition(".")
    tables = {name: one for name, one in found.tables.items() if name != (database or athena.database, table)}
    return CatalogState(found.databases, tables, found.partitions)


class _Replay:
    """What was learned while the statements ran."""

    def __init__(self, database: str) -> None:
        self.problems: list[Difference] = []
        self.unplaced: set[Name] = set()
        self.partitioned: set[Name] = set()
        self._database = database

    def run(self, session: Session, statement: Statement, path: str) -> None:
        tree = parse_statement(statement, path)
        if isinstance(tree, nodes.QueryStatement | nodes.Insert | nodes.Unload):
            return
        try:
            rehearse(session, statement.text, tree)
        except OwlakeError as problem:
            place = f"{path}:{statement.line}"
            self.problems.append(Difference("unverified", place, f"statement {statement.number}", None, str(problem)))
            return
        self._note(tree)

    def _note(self, tree: Tree) -> None:
        name = changed_by(tree)
        if name is None:
            return
        name = (name[0] or self._database, name[1])
        if isinstance(tree, nodes.CreateTableAs):
            if not any(one.name.name == "external_location" for one in tree.properties):
                self.unplaced.add(name)
        elif isinstance(tree, hive.AddPartitions):
            self.partitioned.add(name)
        elif isinstance(tree, hive.SetLocation | hive.CreateTable) and getattr(tree, "partition", None) is None:
            self.unplaced.discard(name)
