"""SQL/JSON paths: text to tree, by recursive descent.

Names and key words are told apart by case. Errors have the form of Trino's parser and the place in the path's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from owlake.functions.json.path import nodes
from owlake.types.model import BIGINT, BOOLEAN, DOUBLE, INTEGER, Decimal, Varchar
from owlake.types.text import parse_decimal


class PathSyntaxError(ValueError):
    """A path that is none; ``offset`` is the place in its text, from 0."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """``name``, ``variable``, ``string``, ``integer``, ``decimal``, ``double``, ``end``, or a sign as itself."""
    text: str
    offset: int


_TOKEN = re.compile(
    r"""[ \r\n\t]*(?:
        (?P<double>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[Ee][+-]?[0-9]+)
        | (?P<decimal>[0-9]+\.[0-9]*|\.[0-9]+)
        | (?P<integer>[0-9]+)
        | (?P<string>"(?:[^"]|"")*")
        | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
        | (?P<variable>\$[A-Za-z_][A-Za-z0-9_]*)
        | (?P<sign>==|<>|!=|<=|>=|&&|\|\||\.\.|[$@.*\[\](),?!<>+\-/%])
        | (?P<end>\Z)
        | (?P<other>.)
    )""",
    re.VERBOSE | re.DOTALL,
)

METHODS = frozenset(("type", "size", "double", "ceiling", "floor", "abs", "keyvalue", "datetime"))
_COMPARISONS = ("==", "<>", "!=", "<", ">", "<=", ">=")
_INTEGER_MAX = 2**31 - 1
_BIGINT_MAX = 2**63 - 1


@lru_cache(maxsize=512)
def parse_path(text: str) -> nodes.JsonPath:
    """The tree of a path.

    Errors: PathSyntaxError.
    """
    return _Parser(_tokens(text)).path()


def _tokens(text: str) -> list[_Token]:
    found = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        assert match is not None
        kind = str(match.lastgroup)
        token = _Token(match[kind] if kind in ("sign", "other") else kind, match[kind], match.start(kind))
        found.append(token)
        if kind == "end":
            return found
        at = match.end()


class _Parser:
    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    # Tokens ---------------------------------------------------------------------------------------------

    @property
    def _token(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._token
        self._at += 1
        return token

    def _accept(self, kind: str) -> bool:
        if self._token.kind != kind:
            return False
        self._at += 1
        return True

    def _expect(self, kind: str) -> _Token:
        if self._token.kind != kind:
            self._fail(f"'{kind}'")
        return self._next()

    def _word(self, *words: str) -> bool:
        return self._token.kind == "name" and self._token.text in words

    def _accept_word(self, word: str) -> bool:
        if not self._word(word):
            return False
        self._at += 1
        return True

    def _expect_word(self, *words: str) -> str:
        if not self._word(*words):
            shown = ", ".join(f"'{word}'" for word in words)
            self._fail(f"{{{shown}}}" if len(words) > 1 else shown)
        return self._next().text

    def _fail(self, expected: str) -> NoReturn:
        shown = self._token.text or "<EOF>"
        raise PathSyntaxError(f"mismatched input '{shown}' expecting {expected}", self._token.offset)

    # Paths ----------------------------------------------------------------------------------------------

    def path(self) -> nodes.JsonPath:
        lax = self._expect_word("lax", "strict") == "lax"
        root = self._expression()
        if self._token.kind != "end":
            self._fail("<EOF>")
        return nodes.JsonPath(lax, root)

    def _expression(self) -> nodes.Path:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/", "%"), self._unary))

    def _chain(self, operators: tuple[str, ...], operand: Callable[[], nodes.Path]) -> nodes.Path:
        left = operand()
        while self._token.kind in operators:
            operator = self._next().kind
            left = nodes.Binary(operator, left, operand())
        return left

    def _unary(self) -> nodes.Path:
        sign = self._token.kind
        if sign not in ("+", "-"):
            return self._accessors(self._primary())
        self._next()
        if sign == "-" and self._token.kind in ("integer", "decimal", "double"):
            return self._accessors(self._number("-"))
        return nodes.Unary(sign, self._unary())

    def _primary(self) -> nodes.Path:
        token = self._token
        match token.kind:
            case "$":
                found: nodes.Path = nodes.ContextItem()
            case "@":
                found = nodes.CurrentItem()
            case "variable":
                found = nodes.Variable(token.text[1:])
            case "integer" | "decimal" | "double":
                return self._number("")
            case "string":
                text = _unquoted(token)
                found = nodes.Literal(Varchar(len(text)), text)
            case "name" if token.text in _WORDS:
                found = _WORDS[token.text]
            case "(":
                self._next()
                inner = self._expression()
                self._expect(")")
                return inner
            case _:
                self._fail("{'(', '$', '@', 'last', 'null', 'true', 'false', <literal>, <variable>}")
        self._next()
        return found

    def _number(self, sign: str) -> nodes.Literal:
        token = self._next()
        match token.kind:
            case "integer":
                value = int(sign + token.text)
                if not -_BIGINT_MAX - 1 <= value <= _BIGINT_MAX:
                    raise PathSyntaxError(f"Invalid numeric literal: {value}", token.offset)
                return nodes.Literal(INTEGER if -_INTEGER_MAX - 1 <= value <= _INTEGER_MAX else BIGINT, value)
            case "decimal":
                number, precision, scale = parse_decimal(sign + token.text)
                if precision > Decimal.MAX_PRECISION:
                    raise PathSyntaxError(f"'{token.text}' is not a valid DECIMAL literal", token.offset)
                return nodes.Literal(Decimal(precision, scale), number)
            case _:
                return nodes.Literal(DOUBLE, float(sign + token.text))

    def _accessors(self, base: nodes.Path) -> nodes.Path:
        while True:
            match self._token.kind:
                case ".":
                    self._next()
                    base = self._member(base)
                case "..":
                    self._next()
                    base = nodes.Descendants(base, self._key())
                case "[":
                    self._next()
                    base = nodes.Elements(base, self._subscripts())
                case "?":
                    self._next()
                    self._expect("(")
                    base = nodes.Filter(base, self._predicate())
                    self._expect(")")
                case _:
                    return base

    def _member(self, base: nodes.Path) -> nodes.Path:
        if self._accept("*"):
            return nodes.Member(base, None)
        token = self._token
        key = self._key()
        if token.kind == "name" and token.text in METHODS and self._accept("("):
            if token.text == "datetime":
                self._accept("string")
            self._expect(")")
            return nodes.Method(base, key)
        return nodes.Member(base, key)

    def _key(self) -> str:
        if self._token.kind == "string":
            return _unquoted(self._next())
        if self._token.kind != "name":
            self._fail("{'*', <identifier>, <string>}")
        return self._next().text

    def _subscripts(self) -> tuple[nodes.Subscript, ...]:
        if self._accept("*"):
            self._expect("]")
            return ()
        found = [self._subscript()]
        while self._accept(","):
            found.append(self._subscript())
        self._expect("]")
        return tuple(found)

    def _subscript(self) -> nodes.Subscript:
        start = self._expression()
        return nodes.Subscript(start, self._expression() if self._accept_word("to") else None)

    # Predicates -----------------------------------------------------------------------------------------

    def _predicate(self) -> nodes.Predicate:
        left = self._conjunction()
        while self._accept("||"):
            left = nodes.Disjunction(left, self._conjunction())
        return left

    def _conjunction(self) -> nodes.Predicate:
        left = self._term()
        while self._accept("&&"):
            left = nodes.Conjunction(left, self._term())
        return left

    def _term(self) -> nodes.Predicate:
        if self._accept("!"):
            return nodes.Negation(self._delimited())
        if self._is_exists():
            return self._delimited()
        if self._token.kind == "(":
            found = self._in_parentheses()
            if found is not None:
                return found
        return self._comparison()

    def _is_exists(self) -> bool:
        return self._word("exists") and self._tokens[self._at + 1].kind == "("

    def _delimited(self) -> nodes.Predicate:
        if self._is_exists():
            self._next()
            self._next()
            path = self._expression()
            self._expect(")")
            return nodes.Exists(path)
        self._expect("(")
        predicate = self._predicate()
        self._expect(")")
        return predicate

    def _in_parentheses(self) -> nodes.Predicate | None:
        """``(predicate)`` or ``(predicate) is unknown``; None where the parentheses hold a path."""
        start = self._at
        try:
            predicate = self._delimited()
        except PathSyntaxError:
            self._at = start
            return None
        if self._accept_word("is"):
            self._expect_word("unknown")
            return nodes.IsUnknown(predicate)
        return predicate

    def _comparison(self) -> nodes.Predicate:
        left = self._expression()
        token = self._token
        if token.kind in _COMPARISONS:
            self._next()
            return nodes.Comparison("<>" if token.kind == "!=" else token.kind, left, self._expression())
        if self._accept_word("starts"):
            self._expect_word("with")
            return nodes.StartsWith(left, self._initial())
        if self._accept_word("like_regex"):
            pattern = _unquoted(self._expect("string"))
            return nodes.LikeRegex(
                left, pattern, _unquoted(self._expect("string")) if self._accept_word("flag") else ""
            )
        return self._fail("{'==', '<>', '!=', '<', '>', '<=', '>=', 'starts', 'like_regex'}")

    def _initial(self) -> nodes.Path:
        if self._token.kind == "variable":
            return nodes.Variable(self._next().text[1:])
        text = _unquoted(self._expect("string"))
        return nodes.Literal(Varchar(len(text)), text)


_WORDS: dict[str, nodes.Path] = {
    "last": nodes.LastIndex(),
    "null": nodes.NullLiteral(),
    "true": nodes.Literal(BOOLEAN, value=True),
    "false": nodes.Literal(BOOLEAN, value=False),
}


def _unquoted(token: _Token) -> str:
    return token.text[1:-1].replace('""', '"')
