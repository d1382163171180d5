"""What may stand at a place of a text.

The engine's grammars say which kinds of words may follow there (``owlake.dialect.continuations``), the words before it
which names: of relations, of schemas, of columns of the relations in scope.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from owlake.dialect.continuations import continuations
from owlake.dialect.keywords import NAMES, RESERVED
from owlake.dialect.lexer import trino_tokens
from owlake.dialect.tokens import DECIMAL, DOUBLE, INTEGER, STRING, Tokens
from owlake.types.model import PRIMITIVES, Row
from owlake_shell.commands import COMMANDS
from owlake_shell.completion import clauses
from owlake_shell.completion.names import MOST, NamedType, Names, starting
from owlake_shell.completion.scope import Scope
from owlake_shell.completion.statement import Typed, is_hive, typed_at
from owlake_shell.completion.suggestion import Completion, Kind, Place, Suggestion

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_STANDS_FOR = {
    "<query>": ("SELECT", "TABLE", "VALUES", "WITH"),
    "<predicate>": ("BETWEEN", "IN", "IS", "LIKE", "NOT"),
    "<expression>": (
        *(
            "ARRAY",
            "CASE",
            "CAST",
            "CURRENT_DATE",
            "CURRENT_TIMESTAMP",
            "DATE",
            "EXISTS",
            "EXTRACT",
            "FALSE",
            "INTERVAL",
        ),
        *("NOT", "NULL", "ROW", "TIMESTAMP", "TRUE", "TRY_CAST"),
    ),
}
_OPERANDS = frozenset({INTEGER, DECIMAL, DOUBLE, STRING, ")", "]", *NAMES}) - RESERVED
_TYPES = sorted(
    {*(name for name in PRIMITIVES if name.islower() and " " not in name), "varchar", "char", "decimal", "timestamp"}
    | {"time", "array", "map", "row"}
)


def complete(text: str, cursor: int, names: Names, place: Place | None = None) -> Completion:
    """What may stand at the cursor, the likeliest first."""
    typed = typed_at(text, cursor)
    if typed.head.startswith("\\") or (not typed.head and text[typed.start - 1 : typed.start] == "\\"):
        return _commands(text, cursor)
    place = place or Place()
    found = _suggestions(typed, names, place)
    return Completion(typed.start, tuple(islice(_once(found), MOST)))


def _suggestions(typed: Typed, names: Names, place: Place) -> Iterator[Suggestion]:
    if typed.quote in ("--", "/*"):
        return iter(())
    tokens = trino_tokens(typed.head)
    clause = clauses.clause_of(tokens)
    if tokens.count and tokens.kinds[tokens.count - 1] == "=>":
        return _choices(typed, tokens, names)
    if typed.quote == "'" or clause.properties is not None:
        known = clauses.properties_known(clause, _keys(typed, names, place), names.stream_properties)
        return clauses.property_suggestions(typed, tokens, clause, known)
    return _Suggesting(typed, tokens, clause, names, place).all()


def _choices(typed: Typed, tokens: Tokens, names: Names) -> Iterator[Suggestion]:
    """The texts that a parameter of a CALL takes, where there are only some."""
    call = clauses.call_of(tokens)
    if call is None or typed.quote not in ("", "'"):
        return
    name = tokens.spelling(tokens.count - 2).lower()
    for parameter in names.procedures.parameters(*call.name):
        for choice in parameter.choices if parameter.name == name else ():
            if choice.lower().startswith(typed.word.lower()):
                yield Suggestion(f"'{choice}'", Kind.VALUE)


def _keys(typed: Typed, names: Names, place: Place) -> list[str]:
    """The partition keys of the table that the statement makes or changes."""
    return clauses.partition_keys(typed.head) or [
        column.name for relation in _scope(typed, names, place).relations for column in relation.columns
    ]


def _scope(typed: Typed, names: Names, place: Place) -> Scope:
    # A name in place of what is being typed: what stands behind it goes on from there.
    return Scope(trino_tokens(f"{typed.head} _ {typed.rest}"), len(typed.head), names, place)


class _Suggesting:
    """The suggestions at one place."""

    def __init__(self, typed: Typed, tokens: Tokens, clause: clauses.Clause, names: Names, place: Place) -> None:
        self._typed = typed
        self._tokens = tokens
        self._clause = clause
        self._names = names
        self._place = place
        self._quote = typed.quote or ("`" if is_hive(tokens) else '"')
        self._kinds = continuations(typed.head)
        self._last = tokens.kinds[tokens.count - 1] if tokens.count else ""

    def all(self) -> Iterator[Suggestion]:
        if self._clause.kind is clauses.Names.PROCEDURES:
            yield from self._procedures()
            return
        yield from self._parameters()
        if self._clause.kind is clauses.Names.SCHEMAS:
            yield from self._schemas(self._typed.qualifiers)
        elif self._clause.kind is clauses.Names.RELATIONS and "<expression>" not in self._kinds:
            yield from self._relations()
        elif self._takes_columns():
            yield from self._columns()
            if self._takes_expression() and not self._typed.qualifiers and not self._typed.quote:
                yield from self._functions()
        if "<type>" in self._kinds and not self._typed.quote:
            yield from self._plain(_TYPES, Kind.TYPE)
        if not self._typed.qualifiers and not self._typed.quote:
            yield from self._keywords()

    def _takes_expression(self) -> bool:
        # Where the text before is none of a statement, its last word tells whether an operand is wanted.
        return "<expression>" in self._kinds or (not self._kinds and self._last not in _OPERANDS and self._last != "")

    def _takes_columns(self) -> bool:
        return self._takes_expression() or self._clause.kind is clauses.Names.COLUMNS

    def _columns(self) -> Iterator[Suggestion]:
        relations = _scope(self._typed, self._names, self._place).relations
        qualifiers = self._typed.qualifiers
        if not qualifiers:
            columns = [column for relation in relations for column in relation.columns]
            yield from self._named(columns, Kind.COLUMN)
            if self._takes_expression():
                names = sorted({relation.name for relation in relations if relation.name})
                yield from self._quoted(names, Kind.RELATION)
            return
        owned = [column for relation in relations if relation.name == qualifiers[-1] for column in relation.columns]
        yield from self._named(owned, Kind.COLUMN)
        if not owned:
            rows = [
                column.type for relation in relations for column in relation.columns if column.name == qualifiers[-1]
            ]
            fields = [field for row in rows if isinstance(row, Row) for field in row.fields if field.name]
            yield from self._named([NamedType(field.name or "", field.type) for field in fields], Kind.FIELD)

    def _named(self, columns: Iterable[NamedType], kind: Kind) -> Iterator[Suggestion]:
        prefix = self._typed.word.lower()
        for column in columns:
            if column.name.lower().startswith(prefix):
                detail = "" if column.type is None else str(column.type)
                yield Suggestion(self._written(column.name), kind, detail)

    def _relations(self) -> Iterator[Suggestion]:
        match self._typed.qualifiers:
            case ():
                tables = sorted(_scope(self._typed, self._names, self._place).tables)
                yield from self._quoted(tables, Kind.RELATION)
                yield from self._quoted(self._names.tables(self._place.catalog, self._place.schema), Kind.TABLE)
                yield from self._schemas(())
                yield from self._quoted(self._names.catalogs, Kind.CATALOG)
            case (schema,):
                yield from self._quoted(self._names.tables(self._place.catalog, schema), Kind.TABLE)
                yield from self._quoted(self._names.schemas(schema), Kind.SCHEMA)
            case (catalog, schema):
                yield from self._quoted(self._names.tables(catalog, schema), Kind.TABLE)

    def _schemas(self, qualifiers: Sequence[str]) -> Iterator[Suggestion]:
        catalog = qualifiers[0] if qualifiers else self._place.catalog
        yield from self._quoted(self._names.schemas(catalog), Kind.SCHEMA)

    def _procedures(self) -> Iterator[Suggestion]:
        match self._typed.qualifiers:
            case ():
                yield from self._quoted(self._names.catalogs, Kind.CATALOG)
            case (catalog,):
                yield from self._quoted(self._names.schemas(catalog), Kind.SCHEMA)
            case (catalog, schema):
                found = self._names.procedures.names(catalog, schema)
                yield from self._quoted(found, Kind.PROCEDURE)

    def _parameters(self) -> Iterator[Suggestion]:
        """``name =>`` for the parameters of a CALL that are not there yet."""
        call = clauses.call_of(self._tokens)
        if call is None or self._typed.qualifiers or self._last not in ("(", ","):
            return
        for parameter in self._names.procedures.parameters(*call.name):
            if parameter.name not in call.given and parameter.name.startswith(self._typed.word.lower()):
                detail = parameter.type if parameter.is_required else f"{parameter.type}, may be left out"
                yield Suggestion(f"{parameter.name} => ", Kind.PARAMETER, detail)

    def _functions(self) -> Iterator[Suggestion]:
        prefix = self._typed.word.lower()
        # All 400 of them say nothing: only those that begin like what is there.
        for name in starting(list(self._names.functions), prefix) if prefix else ():
            yield Suggestion(f"{name}(", Kind.FUNCTION, self._names.functions[name])

    def _keywords(self) -> Iterator[Suggestion]:
        words = {word for kind in self._kinds for word in _STANDS_FOR.get(kind, (kind,)) if word[0].isalpha()}
        prefix = self._typed.word
        in_lower_case = prefix.islower()
        for word in sorted(words):
            if word.startswith(prefix.upper()):
                yield Suggestion(word.lower() if in_lower_case else word, Kind.KEYWORD)

    def _quoted(self, names: Sequence[str], kind: Kind) -> Iterator[Suggestion]:
        for name in starting(names, self._typed.word.lower()):
            yield Suggestion(self._written(name), kind)

    def _plain(self, names: Sequence[str], kind: Kind) -> Iterator[Suggestion]:
        for name in starting(names, self._typed.word.lower()):
            yield Suggestion(name, kind)

    def _written(self, name: str) -> str:
        """The name, in quotes where the grammar wants them."""
        if not self._typed.quote and _PLAIN.fullmatch(name) and name.upper() not in RESERVED:
            return name
        return f"{self._quote}{name.replace(self._quote, self._quote * 2)}{self._quote}"


def _commands(text: str, cursor: int) -> Completion:
    """The commands, and the words that some of them take."""
    start = text.rfind("\\", 0, cursor)
    line = text[start:cursor]
    name, blank, argument = line.partition(" ")
    if not blank:
        found = [Suggestion(one.name, Kind.COMMAND, one.help) for one in COMMANDS.values() if one.name.startswith(name)]
        return Completion(start, tuple(found))
    word = argument.rsplit(" ", 1)[-1]
    known = COMMANDS.get(name)
    choices = known.choices if known is not None and " " not in argument else ()
    found = [Suggestion(one, Kind.VALUE) for one in choices if one.startswith(word)]
    return Completion(cursor - len(word), tuple(found))


def _once(suggestions: Iterable[Suggestion]) -> Iterator[Suggestion]:
    seen: set[str] = set()
    for one in suggestions:
        if one.text.lower() not in seen:
            seen.add(one.text.lower())
            yield one
