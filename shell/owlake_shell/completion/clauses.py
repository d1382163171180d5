"""Which clause of a statement a place is in, by the tokens before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from owlake.dialect.keywords import NAMES
from owlake.dialect.tokens import STRING, Tokens
from owlake_shell.completion import properties
from owlake_shell.completion.statement import Typed, plain_name
from owlake_shell.completion.suggestion import Kind, Suggestion


class Names(Enum):
    """What kind of names a clause has."""

    RELATIONS = "relations"
    SCHEMAS = "schemas"
    COLUMNS = "columns"
    PROCEDURES = "procedures"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Clause:
    """The clause at a place: the names that it has, or the properties and whether they are names in quotes."""

    kind: Names = Names.OTHER
    properties: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A CALL whose arguments are being written: the procedure, and the parameters that are there."""

    name: tuple[str, str, str]
    given: frozenset[str]


_BEFORE_RELATIONS = frozenset(
    {"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "DESCRIBE", "DESC", "VIEW", "PARTITIONS", "TBLPROPERTIES", "OPTIMIZE"}
    | {"VACUUM", "USING", "STREAM"}
)
_BEFORE_COLUMNS = frozenset({"COLUMN", "CHANGE", "SET", "BY"})
_FROM_ENDS = frozenset({"WHERE", "GROUP", "ORDER", "HAVING", "SELECT", "ON", "SET", "BY", "VALUES", "WITH", "WINDOW"})
_PROPERTIES = frozenset({"TBLPROPERTIES", "SERDEPROPERTIES", "DBPROPERTIES"})
_KEYS = re.compile(r"PARTITIONED\s+BY\s*\(((?:[^()]|\([^()]*\))*)\)", re.IGNORECASE)
_KEY = re.compile(r"(?:^|,)\s*(?:`([^`]+)`|([A-Za-z0-9_]+))")


def clause_of(tokens: Tokens) -> Clause:
    """The clause behind the last of the tokens."""
    words = _words(tokens)
    open_ = innermost(tokens)
    if open_ >= 0:
        before = words[open_ - 1] if open_ else ""
        if before in _PROPERTIES:
            return Clause(properties=before)
        if before == "WITH" and words[:2] in (["CREATE", "TABLE"], ["CREATE", "STREAM"]):
            return Clause(properties=words[1])
        if before in ("USING", "PARTITION") or _names_columns(words, open_):
            return Clause(Names.COLUMNS)
    if words[:2] == ["ALTER", "STREAM"] and "PROPERTIES" in words[3:]:
        return Clause(properties="STREAM")
    return Clause(_kind(words, open_))


def _kind(words: Sequence[str], open_: int) -> Names:
    first = words[0] if words else ""
    previous, last = ("", "", *words)[-2:]
    if words == ["CALL"]:
        return Names.PROCEDURES
    if last == "EXISTS" and previous == "IF":
        return _kind(words[:-2], open_) if first == "DROP" else Names.OTHER
    if last in ("DATABASE", "SCHEMA"):
        return Names.OTHER if first == "CREATE" else Names.SCHEMAS
    if last in ("IN", "FROM") and first == "SHOW":
        return Names.SCHEMAS if previous in ("TABLES", "VIEWS", "STREAMS") else Names.RELATIONS
    if last in ("TABLE", "VIEW", "STREAM") and first == "CREATE":
        return Names.OTHER
    if last in _BEFORE_RELATIONS:
        return Names.RELATIONS
    if last in _BEFORE_COLUMNS:
        return Names.COLUMNS
    if last == "," and _is_in_from(words, open_):
        return Names.RELATIONS
    return Names.OTHER


def _is_in_from(words: Sequence[str], open_: int) -> bool:
    """Whether the comma at the end separates relations."""
    depth = 0
    for index in range(len(words) - 1, open_, -1):
        depth += (words[index] == ")") - (words[index] == "(")
        if depth == 0 and words[index] in ("FROM", "JOIN"):
            return True
        if depth == 0 and words[index] in _FROM_ENDS:
            return False
    return False


def _names_columns(words: Sequence[str], open_: int) -> bool:
    """Whether a parenthesis is the list of columns of ``INSERT INTO t (``."""
    index = open_ - 1
    while index > 1 and words[index - 1] == ".":
        index -= 2
    return index > 0 and words[index - 1] == "INTO"


def innermost(tokens: Tokens) -> int:
    """The index of the parenthesis that is open at the end; -1 where none is."""
    open_: list[int] = []
    for index in range(tokens.count):
        if tokens.kinds[index] == "(":
            open_.append(index)
        elif tokens.kinds[index] == ")" and open_:
            open_.pop()
    return open_[-1] if open_ else -1


def call_of(tokens: Tokens) -> Call | None:
    """The CALL whose arguments the end is directly in; None where it is in none."""
    open_ = innermost(tokens)
    if tokens.kinds[0] != "CALL" or open_ < 0:
        return None
    parts = [plain_name(tokens.spelling(index)) for index in range(1, open_) if tokens.kinds[index] in NAMES]
    if len(parts) != 3 or open_ != 6:
        return None
    given = {
        plain_name(tokens.spelling(index - 1))
        for index in range(open_ + 1, tokens.count)
        if tokens.kinds[index] == "=>"
    }
    return Call((parts[0], parts[1], parts[2]), frozenset(given))


def partition_keys(text: str) -> list[str]:
    """The keys of the statement's own PARTITIONED BY."""
    found = _KEYS.search(text)
    return [quoted or plain for quoted, plain in _KEY.findall(found[1])] if found else []


def property_suggestions(
    typed: Typed, tokens: Tokens, clause: Clause, known: Mapping[str, Sequence[str]]
) -> Iterator[Suggestion]:
    """The properties of a clause, or the values of the one that was just named. ``known``: those that it has."""
    is_named = clause.properties in ("TABLE", "STREAM")
    if tokens.count > 1 and tokens.kinds[tokens.count - 1] == "=":
        name = tokens.spelling(tokens.count - 2)
        name = name[1:-1] if tokens.kinds[tokens.count - 2] == STRING else name.lower()
        found, kind, in_quotes = known.get(name, ()), Kind.VALUE, True
    elif tokens.count and _begins_property(tokens):
        found, kind, in_quotes = tuple(known), Kind.PROPERTY, not is_named
    else:
        return
    if bool(typed.quote) and not in_quotes:
        return
    for name in sorted(found):
        if name.lower().startswith(typed.word.lower()):
            yield Suggestion(f"'{name}'" if in_quotes else name, kind)


def _begins_property(tokens: Tokens) -> bool:
    last = tokens.count - 1
    return tokens.kinds[last] in ("(", ",") or tokens.spelling(last).upper() == "PROPERTIES"


def properties_known(
    clause: Clause, keys: Sequence[str], of_streams: Mapping[str, Sequence[str]]
) -> Mapping[str, Sequence[str]]:
    """The properties of a clause, with the only values that each takes."""
    match clause.properties:
        case "TBLPROPERTIES":
            return properties.table_properties(keys)
        case "SERDEPROPERTIES":
            return properties.OF_SERDES
        case "TABLE":
            return properties.CTAS
        case "STREAM":
            return of_streams
        case _:
            return {}


def _words(tokens: Tokens) -> list[str]:
    return [tokens.spelling(index).upper() for index in range(tokens.count)]
