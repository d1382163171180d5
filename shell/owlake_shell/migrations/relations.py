"""The tables and views that a migration's statements make and use, by the statements' syntax."""

from __future__ import annotations

from dataclasses import dataclass

from owlake.dialect.nodes import hive
from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Node, QualifiedName
from owlake.dialect.nodes.base import Statement as Tree
from owlake.dialect.nodes.relations import Table, WithQuery
from owlake.dialect.parser import parse
from owlake.dialect.traversal import walk
from owlake.errors import OwlakeError
from owlake.execution.threads import DeepStack
from owlake.statements.context import DEFAULT_CATALOG
from owlake_shell.migrations.model import Rendered, Statement
from owlake_shell.migrations.problems import invalid

Name = tuple[str, str]
"""Database and table; the database is empty where the session's is meant."""


@dataclass(frozen=True, slots=True)
class Relations:
    """Names of tables and views."""

    made: frozenset[Name]
    used: frozenset[Name]


_STACK = DeepStack()


def tree_of(text: str) -> Tree:
    """The tree of a statement, however deep it nests. Errors: what the parser refuses."""
    return _STACK.run(lambda: parse(text))


def parse_statement(statement: Statement, path: str) -> Tree:
    """The statement's tree. Errors: MIGRATION_INVALID with ``file:line`` for what is not Athena's SQL."""
    try:
        return tree_of(statement.text)
    except OwlakeError as problem:
        line = statement.line + (problem.position.line - 1 if problem.position else 0)
        hint = problem.hint or "Correct the statement; nothing was run"
        raise invalid(
            f"{path}:{line}", f"statement {statement.number} is not Athena's SQL: {problem}", hint=hint
        ) from problem


def relations_of(migration: Rendered, database: str) -> Relations:
    """What the migration's statements make and use; ``database`` is that of names without one.

    Errors: MIGRATION_INVALID for what does not parse.
    """
    made: set[Name] = set()
    used: set[Name] = set()
    for statement in migration.up:
        tree = parse_statement(statement, migration.migration.path)
        name = made_by(tree)
        if name is not None:
            made.add((name[0] or database, name[1]))
        used |= {(name[0] or database, name[1]) for name in used_by(tree)}
    return Relations(frozenset(made), frozenset(used))


def made_by(tree: Tree) -> Name | None:
    """The table or view that a statement makes."""
    match tree:
        case nodes.CreateView(name=name) | nodes.CreateTableAs(name=name) | hive.CreateTable(name=name):
            return name_of(name)
    return None


def changed_by(tree: Tree) -> Name | None:
    """The table that a statement makes, alters, fills or drops; of a database, its name and an empty one."""
    match tree:
        case hive.CreateDatabase(name=name) | hive.AlterDatabase(name=name) | hive.DropDatabase(name=name):
            return (name.names[-1], "")
    changed = _changed(tree)
    return None if changed is None else name_of(changed)


def is_elsewhere(tree: Tree) -> bool:
    """Whether a statement changes a table of another catalog than the lake's."""
    name = _changed(tree)
    return name is not None and len(name.parts) > 2 and name.names[-3] != DEFAULT_CATALOG


def is_counted(tree: Tree) -> bool:
    """Whether all that a statement changes is in the catalog of the lake, whose changes are counted."""
    return not isinstance(tree, (*_IN_PARTS, *_OF_STREAMS, nodes.Grant, nodes.Revoke)) and not is_elsewhere(tree)


def is_whole(tree: Tree) -> bool:
    """Whether a statement that fails has done nothing."""
    return not isinstance(tree, _IN_PARTS) and not is_elsewhere(tree)


_IN_PARTS = (nodes.Call, nodes.Unload, nodes.UsingExternalFunction)
_OF_STREAMS = (
    nodes.CreateStream,
    nodes.SetStreamProperties,
    nodes.AddStreamColumn,
    nodes.DropStreamColumn,
    nodes.DropStream,
    nodes.CreatePump,
    nodes.DropPump,
)


def _changed(tree: Tree) -> QualifiedName | None:
    match tree:
        case nodes.CreateView(name=name) | nodes.CreateTableAs(name=name) | hive.CreateTable(name=name):
            return name
        case nodes.Insert(table=name) | nodes.Update(table=name) | nodes.Delete(table=name) | nodes.Merge(table=name):
            return name
        case hive.AlterTable(name=name) | hive.RepairTable(name=name) | hive.DropTable(name=name):
            return name
        case nodes.DropView(name=name):
            return name
    return None


def used_by(tree: Node) -> set[Name]:
    """The tables and views that a statement's queries read."""
    local = {node.name.name for node in walk(tree) if isinstance(node, WithQuery)}
    names = {name_of(node.name) for node in walk(tree) if isinstance(node, Table)}
    return {name for name in names if name[0] or name[1] not in local}


def name_of(name: QualifiedName) -> Name:
    """Database and table of a dotted name."""
    parts = name.names
    return (parts[-2] if len(parts) > 1 else "", parts[-1])
