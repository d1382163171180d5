"""The beginnings of object names: prefixes with expressions, parsed once and evaluated for each object.

https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from owlake.spi import DatePatternError, date_printer
from owlake_connectors.firehose import errors

FROM_QUERY, FROM_LAMBDA = "partitionKeyFromQuery", "partitionKeyFromLambda"

_EXPRESSION = re.compile(r"!\{([A-Za-z]+):([^}]*)\}")
_DEFAULT = "yyyy/MM/dd/HH/"
_LETTERS = string.ascii_letters + string.digits
_RANDOM = 11


@dataclass(frozen=True, slots=True)
class Facts:
    """What an object's name is made of.

    Attributes:
        moment: When the oldest of its records arrived.
        keys: The values of its partition's keys, by namespace and name.
        error_type: Of objects with failed records: what failed.
    """

    moment: datetime
    keys: Mapping[tuple[str, str], str]
    error_type: str | None = None


_Piece = Callable[[Facts], str]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A parsed prefix.

    Attributes:
        keys: The partition keys that it names: namespace and name.
    """

    text: str
    pieces: tuple[_Piece, ...]
    keys: tuple[tuple[str, str], ...]
    has_time: bool
    has_error_type: bool

    @property
    def has_expressions(self) -> bool:
        """Whether it is more than a text."""
        return bool(self.keys) or self.has_time or self.has_error_type or len(self.pieces) > 1

    def evaluate(self, facts: Facts) -> str:
        """The prefix of one object."""
        return "".join([piece(facts) for piece in self.pieces])


def parse_prefix(text: str, zone: str = "UTC") -> Prefix:
    """Parse a prefix.

    Errors: InvalidArgumentException for namespaces, names and patterns that are none.
    """
    pieces: list[_Piece] = []
    keys: list[tuple[str, str]] = []
    namespaces: set[tuple[str, str]] = set()
    end = 0
    for found in _EXPRESSION.finditer(text):
        if found.start() > end:
            pieces.append(_literal(text, end, found.start()))
        namespace, name = found[1], found[2]
        pieces.append(_piece(namespace, name, zone))
        namespaces.add((namespace, "" if namespace == "timestamp" else name))
        if namespace in (FROM_QUERY, FROM_LAMBDA):
            keys.append((namespace, name))
        end = found.end()
    if end < len(text):
        pieces.append(_literal(text, end, len(text)))
    return Prefix(
        text,
        tuple(pieces),
        tuple(dict.fromkeys(keys)),
        has_time=("timestamp", "") in namespaces,
        has_error_type=("firehose", "error-output-type") in namespaces,
    )


def with_default_time(text: str) -> str:
    """A prefix of records as it is evaluated: one that names no time and no keys ends with the hour.

    Objects of partitions lie where their keys say, as in
    https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-s3bucketprefix.html.
    """
    named = ("!{timestamp:", f"!{{{FROM_QUERY}:", f"!{{{FROM_LAMBDA}:")
    return text if any(one in text for one in named) else f"{text}!{{timestamp:{_DEFAULT}}}"


def default_error_prefix(prefix: str) -> str:
    """Where failed records go while neither prefix has expressions: below the prefix, by what failed."""
    return f"{prefix}!{{firehose:error-output-type}}/!{{timestamp:{_DEFAULT}}}"


def _literal(text: str, start: int, stop: int) -> _Piece:
    literal = text[start:stop]
    if "!{" in literal:
        raise errors.invalid_argument(f"The prefix has an expression that is none: '{literal[literal.index('!{') :]}'")
    return lambda _: literal


def _piece(namespace: str, name: str, zone: str) -> _Piece:
    match namespace, name:
        case "timestamp", _:
            return _time(name, zone)
        case "firehose", "random-string":
            return lambda _: "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM))
        case "firehose", "error-output-type":
            return lambda facts: facts.error_type or ""
        case (("partitionKeyFromQuery" | "partitionKeyFromLambda"), name) if name:
            return lambda facts: facts.keys[namespace, name]
    raise errors.invalid_argument(f"The prefix has an expression that is none: '!{{{namespace}:{name}}}'")


def _time(pattern: str, zone: str) -> _Piece:
    try:
        print_moment = date_printer(pattern)
    except DatePatternError as problem:
        raise errors.invalid_argument(f"The prefix has a timestamp that is none: {problem}") from problem
    place = ZoneInfo(zone)
    return lambda facts: print_moment(facts.moment.astimezone(place))
