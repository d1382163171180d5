"""The language of GetPartitions' expressions: conditions on partition keys, as an SQL WHERE has them.

    disjunction  conjunction {OR conjunction}
    conjunction  negation {AND negation}
    negation     {NOT} (condition | "(" disjunction ")")
    condition    name ("=" | "<>" | "!=" | "<" | "<=" | ">" | ">=") literal
               | name [NOT] IN "(" literal {"," literal} ")"
               | name [NOT] BETWEEN literal AND literal
               | name [NOT] LIKE text
               | name IS [NOT] NULL

Names, literals, AND and OR may stand in parentheses of their own. https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Comparison:
    """A key beside a literal, whose text the key's type reads."""

    key: str
    operator: str
    literal: str


@dataclass(frozen=True, slots=True)
class In:
    """A key that is one of some literals."""

    key: str
    literals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """A key whose text fits a pattern."""

    key: str
    pattern: str


@dataclass(frozen=True, slots=True)
class IsNull:
    """A key that is NULL."""

    key: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = Comparison | In | Like | IsNull | Not | And | Or

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
        | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
        | (?P<word>[\w.]+)
        | (?P<quoted>"(?:[^"]|"")+"|`[^`]+`)
        | (?P<sign><>|!=|<=|>=|[=<>(),])
    )""",
    re.VERBOSE,
)
_COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=")
_WORDS = frozenset(("and", "or", "not", "in", "between", "like", "is", "null"))
_BINDING = {"(": 0, "or": 1, "and": 2, "not": 3}
"""How close an operator holds what stands beside it."""


class SyntaxProblem(ValueError):  # noqa: N818  (what it is about is said by who catches it)
    """The text is no expression."""


def parse(text: str) -> Condition:
    """The condition that the text writes. Errors: SyntaxProblem."""
    return _Parser(_tokens(text)).expression()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


_END = _Token("end", "")
_OPEN = _Token("sign", "(")
_CLOSE = _Token("sign", ")")


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise SyntaxProblem(text[place:])
        tokens.append(_token(found))
        place = found.end()
    return [*tokens, _END]


def _token(found: re.Match[str]) -> _Token:
    kind = found.lastgroup or ""
    text = found[kind]
    match kind:
        case "text":
            return _Token("text", text[1:-1].replace("''", "'"))
        case "quoted":
            return _Token("name", text[1:-1].replace('""', '"') if text[0] == '"' else text[1:-1])
        case "sign" if text in "()":
            return _OPEN if text == "(" else _CLOSE
        case "word" if text.lower() in _WORDS:
            return _Token("word", text.lower())
        case "word":
            return _Token("name", text)
    return _Token(kind, text)


class _Parser:
    """Operators wait on a stack until what they hold is complete, so that no depth of parentheses is too much."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._operators: list[str] = []
        self._done: list[Condition] = []

    def expression(self) -> Condition:
        while True:
            self._operand()
            while self._accept("sign", ")"):
                self._reduce(1)
                if not self._operators:
                    raise self._problem()
                self._operators.pop()
            operator = self._connective("and") or self._connective("or")
            if operator is None:
                break
            self._reduce(_BINDING[operator])
            self._operators.append(operator)
        self._reduce(1)
        if self._operators or self._next != _END:
            raise self._problem()
        return self._done.pop()

    def _operand(self) -> None:
        """NOTs and opening parentheses, then a condition."""
        while self._in_parentheses(self._is_name) is None:
            if self._accept("word", "not"):
                self._operators.append("not")
            elif self._accept("sign", "("):
                self._operators.append("(")
            else:
                raise self._problem()
        self._done.append(self._condition())

    def _reduce(self, binding: int) -> None:
        """Complete what operators hold that bind as close, or closer."""
        while self._operators and _BINDING[self._operators[-1]] >= binding:
            operator = self._operators.pop()
            last = self._done.pop()
            if operator == "not":
                self._done.append(last.condition if isinstance(last, Not) else Not(last))
            else:
                kind = And if operator == "and" else Or
                first = self._done.pop()
                parts = first.conditions if isinstance(first, kind) else (first,)
                self._done.append(kind((*parts, last)))

    def _condition(self) -> Condition:
        key = self._plain(self._is_name).text
        if self._next.kind == "sign" and self._next.text in _COMPARISONS:
            operator = self._take().text
            return Comparison(key, "<>" if operator == "!=" else operator, self._literal())
        if self._accept("word", "is"):
            return self._negated(lambda: self._null(key))
        return self._negated(lambda: self._predicate(key))

    def _negated(self, read: Callable[[], Condition]) -> Condition:
        return Not(read()) if self._accept("word", "not") else read()

    def _null(self, key: str) -> Condition:
        if not self._accept("word", "null"):
            raise self._problem()
        return IsNull(key)

    def _predicate(self, key: str) -> Condition:
        if self._accept("word", "like"):
            return Like(key, self._plain(lambda token: token.kind == "text").text)
        if self._accept("word", "between"):
            low = self._literal()
            if self._connective("and") is None:
                raise self._problem()
            return And((Comparison(key, ">=", low), Comparison(key, "<=", self._literal())))
        if self._accept("word", "in") and self._accept("sign", "("):
            literals = [self._literal()]
            while self._accept("sign", ","):
                literals.append(self._literal())
            if self._accept("sign", ")"):
                return In(key, tuple(literals))
        raise self._problem()

    def _literal(self) -> str:
        return self._plain(lambda token: token.kind in ("text", "number")).text

    def _connective(self, word: str) -> str | None:
        """AND or OR, also in parentheses."""
        wanted = _Token("word", word)
        return word if self._in_parentheses(lambda token: token == wanted, take=True) else None

    def _plain(self, is_wanted: Callable[[_Token], bool]) -> _Token:
        found = self._in_parentheses(is_wanted, take=True)
        if found is None:
            raise self._problem()
        return found

    def _in_parentheses(self, is_wanted: Callable[[_Token], bool], *, take: bool = False) -> _Token | None:
        """The token that comes next, behind as many parentheses as close behind it; None where it is another."""
        place = self._place
        while self._tokens[place] is _OPEN:
            place += 1
        found, depth = self._tokens[place], place - self._place
        if not is_wanted(found) or any(one is not _CLOSE for one in self._tokens[place + 1 : place + 1 + depth]):
            return None
        if take:
            self._place = place + 1 + depth
        return found

    @staticmethod
    def _is_name(token: _Token) -> bool:
        return token.kind == "name"

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        self._place += 1
        return self._tokens[self._place - 1]

    def _accept(self, kind: str, text: str) -> bool:
        found = self._next == _Token(kind, text)
        self._place += found
        return found

    def _problem(self) -> SyntaxProblem:
        return SyntaxProblem(self._next.text)
