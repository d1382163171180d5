"""Scopes: which names stand for which values at a place in the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from owlake.dialect.nodes.base import Position
from owlake.errors import OwlakeError, error
from owlake.ir.expressions import Expression, Field, Reference
from owlake.ir.relations import CommonTable, Relation
from owlake.types.model import Type


@dataclass(frozen=True, slots=True)
class ScopeField:
    """A name in scope. ``qualifier`` is the relation's name (any tail of it qualifies), empty for none."""

    name: str | None
    qualifier: tuple[str, ...]
    value: Expression
    hidden: bool = False

    def is_qualified_by(self, prefix: Sequence[str]) -> bool:
        """Whether the prefix is a tail of the relation's name."""
        return len(prefix) <= len(self.qualifier) and self.qualifier[-len(prefix) :] == tuple(prefix)


class Scope:
    """The fields of one relation, and the scope around it.

    ``outer`` is the scope of the enclosing query: fields found there make the query correlated. A lambda's
    scope has its parameters as fields and the surrounding expression's scope as ``outer``.
    """

    __slots__ = ("_by_name", "common_tables", "fields", "outer")

    refusal: str | None = None
    """Why the fields cannot be used here, though they are what the names mean."""

    def __init__(
        self,
        fields: Sequence[ScopeField] = (),
        outer: Scope | None = None,
        common_tables: CommonTables | None = None,
    ) -> None:
        self.fields = tuple(fields)
        self.outer = outer
        self.common_tables = common_tables
        self._by_name: dict[str | None, list[ScopeField]] = {}
        for field in self.fields:
            self._by_name.setdefault(field.name, []).append(field)

    def resolve(self, names: Sequence[str], position: Position) -> Expression | None:
        """The value that a dotted name stands for, or None.

        Errors: AMBIGUOUS_NAME where two fields of one scope answer, COLUMN_NOT_FOUND where the one cannot be used.
        """
        for scope in self.chain():
            found = scope.matches(names)
            if len(found) > 1:
                raise error("AMBIGUOUS_NAME", f"Column '{'.'.join(names)}' is ambiguous", position)
            if found and scope.refusal is not None:
                raise error("COLUMN_NOT_FOUND", scope.refusal, position)
            if found:
                return found[0].value
            if scope.has_prefix_of(names):
                return None
        return None

    def matches(self, names: Sequence[str]) -> list[ScopeField]:
        """The fields of this scope alone that answer to the name."""
        named = self._by_name.get(names[-1], [])
        return named if len(names) == 1 else [field for field in named if field.is_qualified_by(names[:-1])]

    def has_prefix_of(self, names: Sequence[str]) -> bool:
        """Whether a shorter head of the name is a field here: then the rest are fields of its row."""
        return any(self.matches(names[:end]) for end in range(1, len(names)))

    def not_found(self, names: Sequence[str], position: Position) -> OwlakeError:
        """COLUMN_NOT_FOUND in Athena's words, with the nearest name as a hint."""
        known = [field.name for scope in self.chain() for field in scope.fields if field.name and not field.hidden]
        near = get_close_matches(names[-1], known, n=1)
        return error(
            "COLUMN_NOT_FOUND",
            f"Column '{'.'.join(names)}' cannot be resolved or requester is not authorized "
            "to access requested resources",
            position,
            hint=f"Did you mean {near[0]}?" if near else None,
        )

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def common_table(self, name: str) -> CommonTable | None:
        """The WITH query of this name that is visible here."""
        for scope in self.chain():
            table = scope.common_tables.find(name) if scope.common_tables else None
            if table is not None:
                return table
        return None


class LambdaScope(Scope):
    """The parameters of a lambda.

    Two lambdas of the same text at the same place are one expression, as GROUP BY wants it: so the parameters of
    lambdas that cannot see each other are the same fields where they have the same names and types.
    """

    def __init__(self, parameters: Sequence[tuple[str, Type]], outer: Scope) -> None:
        depth = sum(isinstance(scope, LambdaScope) for scope in outer.chain())
        self.parameters = tuple(_parameter(name, type_, depth) for name, type_ in parameters)
        super().__init__([ScopeField(field.name, (), reference(field)) for field in self.parameters], outer)


@lru_cache(maxsize=10_000)
def _parameter(name: str, type_: Type, _depth: int) -> Field:
    return Field(name, type_)


class OutputScope(Scope):
    """The columns of SELECT, which ORDER BY sees before those of FROM."""

    def refusing(self, text: str) -> OutputScope:
        """The same names, which mean the same and cannot be used."""
        refusing = OutputScope(self.fields, self.outer, self.common_tables)
        refusing.refusal = text
        return refusing


@dataclass(frozen=True, slots=True)
class CommonTables:
    """The WITH queries seen so far, innermost first."""

    table: CommonTable
    rest: CommonTables | None

    def find(self, name: str) -> CommonTable | None:
        """The table of this name."""
        tables: CommonTables | None = self
        while tables is not None:
            if tables.table.name == name:
                return tables.table
            tables = tables.rest
        return None


@dataclass(frozen=True, slots=True)
class ScopedRelation:
    """A relation and the names of its fields, in the order of ``SELECT *``."""

    relation: Relation
    fields: tuple[ScopeField, ...]

    def aliased(self, alias: str, columns: Sequence[str]) -> ScopedRelation:
        """The same rows under another name; hidden columns do not survive an alias with columns."""
        if not columns:
            fields = (ScopeField(one.name, (alias,), one.value, one.hidden) for one in self.fields)
            return ScopedRelation(self.relation, tuple(fields))
        visible = [one for one in self.fields if not one.hidden]
        fields = (ScopeField(name, (alias,), one.value) for name, one in zip(columns, visible, strict=True))
        return ScopedRelation(self.relation, tuple(fields))


def fields_of(
    relation: Relation, names: Sequence[str | None], qualifier: tuple[str, ...] = ()
) -> tuple[ScopeField, ...]:
    """A relation's fields in scope under these names."""
    return tuple(
        ScopeField(name, qualifier, reference(field)) for name, field in zip(names, relation.fields, strict=True)
    )


def reference(field: Field) -> Reference:
    """The value of a field."""
    return Reference(field.type, field)
