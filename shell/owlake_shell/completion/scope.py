"""Which relations the names at a place of a statement may come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from owlake.dialect.keywords import NAMES, RESERVED
from owlake.dialect.tokens import Tokens
from owlake_shell.completion.names import NamedType, Names
from owlake_shell.completion.statement import plain_name
from owlake_shell.completion.suggestion import Place

_INTRODUCE = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "USING", "TABLE"})
"""Words that a relation stands behind."""
_END_OF_FROM = frozenset(
    {"WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "SET", "SELECT", "VALUES", "WHEN"}
)
_SETS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
_QUERIES = frozenset({"SELECT", "WITH"})
_TOP = -1
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of a FROM: what its columns may be qualified with, and its columns."""

    name: str
    columns: tuple[NamedType, ...]


@dataclass(frozen=True, slots=True)
class _Common:
    """A table of WITH: the parenthesis around its query, and the names of its columns where they are given."""

    start: int
    end: int
    columns: Sequence[str]


class Scope:
    """The relations that are seen at an offset of a statement, the nearest ones first."""

    def __init__(self, tokens: Tokens, offset: int, names: Names, place: Place) -> None:
        self._tokens = tokens
        self._kinds = tokens.kinds
        self._names = names
        self._place = place
        self._closing, self._parents = _parentheses(tokens)
        self._at = sum(start < offset for start in tokens.starts[: tokens.count])
        self.tables = self._common_tables()
        self.relations = self._seen()

    def _common_tables(self) -> dict[str, _Common]:
        """The tables of WITH clauses around the place."""
        found: dict[str, _Common] = {}
        for index in range(self._tokens.count):
            if self._kinds[index] == "WITH" and self._encloses(self._parents[index]):
                found.update(self._tables_of(index + 1))
        return found

    def _tables_of(self, index: int) -> Iterator[tuple[str, _Common]]:
        index += self._kinds[index] == "RECURSIVE"
        while self._kinds[index] in NAMES:
            name = index
            index, columns = self._column_names(index + 1)
            if self._kinds[index : index + 2] != ["AS", "("]:
                return
            end = self._closing.get(index + 1, self._tokens.count)
            yield self._name(name), _Common(index + 1, end, columns)
            if end >= self._tokens.count or self._kinds[end + 1] != ",":
                return
            index = end + 2

    def _encloses(self, parenthesis: int) -> bool:
        """Whether the place is inside of this parenthesis."""
        return parenthesis == _TOP or parenthesis < self._at <= self._closing.get(parenthesis, self._tokens.count)

    def _seen(self) -> tuple[Relation, ...]:
        """The relations of the query at the place, then of those around it that it may refer to."""
        found: list[Relation] = []
        inner = self._innermost()
        while True:
            if inner == _TOP or self._kinds[inner + 1] in _QUERIES:
                found += self._relations(inner, self._at, 0)
                if inner != _TOP and self._kinds[inner - 1] in ("FROM", "JOIN", ",") and inner:
                    break
            if inner == _TOP:
                break
            inner = self._parents[inner]
        return tuple(found)

    def _innermost(self) -> int:
        open_ = [index for index in range(self._at) if self._kinds[index] == "(" and self._encloses(index)]
        return open_[-1] if open_ else _TOP

    def _relations(self, parenthesis: int, near: int, depth: int) -> list[Relation]:
        """The relations of the query inside of a parenthesis: of the part of a UNION that is near."""
        members = self._members(parenthesis)
        sets = [one for one in members if self._kinds[one] in _SETS]
        first = max((one for one in sets if one < near), default=-1)
        last = min((one for one in sets if one >= near), default=self._tokens.count)
        found: list[Relation] = []
        expecting = in_from = False
        index = first + 1 if first >= 0 else (parenthesis + 1)
        end = min(last, self._closing.get(parenthesis, self._tokens.count) if parenthesis != _TOP else last)
        while index < end:
            kind = self._kinds[index]
            if kind in _INTRODUCE:
                expecting, in_from = True, in_from or kind in ("FROM", "JOIN")
            elif kind in _END_OF_FROM:
                expecting = in_from = False
            elif kind == "," and in_from:
                expecting = True
            elif expecting and (kind in NAMES or kind == "("):
                index, relations = self._relation(index, depth)
                found += relations
                expecting = False
                continue
            index = self._behind(index) if kind == "(" else index + 1
        return found

    def _behind(self, parenthesis: int) -> int:
        """The index to go on from at a parenthesis: behind it, if it is closed or holds a query."""
        if parenthesis in self._closing:
            return self._closing[parenthesis] + 1
        return self._tokens.count if self._kinds[parenthesis + 1] in _QUERIES else parenthesis + 1

    def _members(self, parenthesis: int) -> list[int]:
        return [index for index in range(self._tokens.count) if self._parents[index] == parenthesis]

    def _relation(self, index: int, depth: int) -> tuple[int, list[Relation]]:
        """The relation that begins here, and the index behind it."""
        start = index
        inner: list[Relation] = []
        columns: tuple[NamedType, ...] = ()
        name = ""
        if self._kinds[index] == "(":
            index = self._closing.get(start, self._tokens.count) + 1
            if depth < _DEEPEST:
                if self._kinds[start + 1] in _QUERIES:
                    columns = self._outputs(start, depth + 1)
                else:
                    inner = self._joined(start, depth + 1)
        else:
            index += 1
            while self._kinds[index] == "." and self._kinds[index + 1] in NAMES:
                index += 2
            path = [self._name(part) for part in range(start, index, 2)]
            name = path[-1]
            if self._kinds[index] == "(" and self._kinds[start - 1] != "INTO":
                # UNNEST and its kind: their columns are named behind them, if at all.
                index = self._closing.get(index, self._tokens.count) + 1
            else:
                columns = self._columns(path, depth)
        index, alias, named = self._alias(index)
        if named:
            columns = tuple(NamedType(one) for one in named)
        if not (alias or name):
            return index, [*inner, *([Relation("", columns)] if columns else [])]
        return index, [*inner, Relation(alias or name, columns)]

    def _joined(self, start: int, depth: int) -> list[Relation]:
        """The relations of ``(a JOIN b ON ...)``."""
        found: list[Relation] = []
        index, end, expecting = start + 1, self._closing.get(start, self._tokens.count), True
        while index < end:
            kind = self._kinds[index]
            if expecting and (kind in NAMES or kind == "("):
                index, relations = self._relation(index, depth)
                found += relations
                expecting = False
                continue
            expecting = kind in ("JOIN", ",")
            index = self._behind(index) if kind == "(" else index + 1
        return found

    def _alias(self, index: int) -> tuple[int, str, list[str]]:
        """``AS t (a, b)``, or parts of it: the index behind, the alias and the names of columns."""
        has_as = self._kinds[index] == "AS"
        named = index + has_as
        if self._kinds[named] not in NAMES or (not has_as and self._kinds[named] in _NO_ALIASES):
            return index, "", []
        alias, index = self._name(named), named + 1
        index, names = self._column_names(index)
        return index, alias, names

    def _column_names(self, index: int) -> tuple[int, list[str]]:
        """The names in a parenthesis, where one stands here, and the index behind it."""
        if self._kinds[index] != "(":
            return index, []
        end = self._closing.get(index, self._tokens.count)
        return end + 1, [self._name(one) for one in range(index + 1, end) if self._kinds[one] in NAMES]

    def _columns(self, path: Sequence[str], depth: int) -> tuple[NamedType, ...]:
        if len(path) == 1 and path[0] in self.tables and depth < _DEEPEST:
            common = self.tables[path[0]]
            if common.columns:
                return tuple(map(NamedType, common.columns))
            is_itself = common.start < self._at <= common.end
            return () if is_itself else self._outputs(common.start, depth + 1)
        match path:
            case [table]:
                return tuple(self._names.columns(self._place.catalog, self._place.schema, table))
            case [schema, table]:
                return tuple(self._names.columns(self._place.catalog, schema, table))
            case [catalog, schema, table]:
                return tuple(self._names.columns(catalog, schema, table))
            case _:
                return ()

    def _outputs(self, parenthesis: int, depth: int) -> tuple[NamedType, ...]:
        """The columns of the query inside of a parenthesis, as far as its SELECT names them."""
        members = self._members(parenthesis)
        select = next((one for one in members if self._kinds[one] == "SELECT"), None)
        if select is None:
            return ()
        relations = self._relations(parenthesis, select + 1, depth)
        found: list[NamedType] = []
        item: list[int] = []
        for one in [index for index in members if index > select]:
            ends = self._kinds[one] == "FROM" or self._kinds[one] in _SETS or self._kinds[one] in _END_OF_FROM
            if ends or self._kinds[one] == ",":
                found += self._output(item, relations)
                item = []
            else:
                item.append(one)
            if ends:
                return tuple(found)
        return (*found, *self._output(item, relations))

    def _output(self, item: Sequence[int], relations: Sequence[Relation]) -> Iterator[NamedType]:
        if not item:
            return
        last = item[-1]
        if self._kinds[last] == "*":
            owner = self._name(item[0]) if len(item) > 1 and self._kinds[last - 1] == "." else None
            for relation in relations:
                if owner in (None, relation.name):
                    yield from relation.columns
        elif self._kinds[last] in NAMES:
            name = self._name(last)
            known = [column for relation in relations for column in relation.columns if column.name == name]
            is_column = len(item) == 1 or self._kinds[last - 1] == "."
            yield known[0] if known and is_column else NamedType(name)

    def _name(self, index: int) -> str:
        return plain_name(self._tokens.spelling(index))


_NO_ALIASES = RESERVED | {"TABLESAMPLE", "MATCH_RECOGNIZE", "LIMIT", "OFFSET", "FETCH", "WINDOW", "SET"}


def _parentheses(tokens: Tokens) -> tuple[dict[int, int], list[int]]:
    """Where each parenthesis closes (those that do), and which one each token is directly inside of."""
    closing: dict[int, int] = {}
    parents: list[int] = []
    open_: list[int] = []
    for index in range(tokens.count):
        kind = tokens.kinds[index]
        if kind == ")" and open_:
            closing[open_.pop()] = index
        parents.append(open_[-1] if open_ else _TOP)
        if kind == "(":
            open_.append(index)
    # One that nothing closes yet, as in ``lower(na``, hides nothing of the query around it.
    for unclosed in reversed(open_):
        if tokens.kinds[unclosed + 1] not in _QUERIES:
            parents = [parents[unclosed] if parent == unclosed else parent for parent in parents]
    return closing, parents
