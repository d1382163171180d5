"""Expressions over the partitions of a table: what the catalog's index can be asked, and the test of each partition.

Values of partitions are texts, as in Glue: none is NULL, ``__HIVE_DEFAULT_PARTITION__`` neither. One that its key's
type cannot read is an error, but not where another condition that must hold too does not.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from owlake.spi import Constraint, Domain, Range, catalog_model, error, intersect_domains, unite_domains
from owlake_connectors.glue.catalog.expressions.grammar import (
    And,
    Comparison,
    Condition,
    In,
    IsNull,
    Like,
    Not,
    Or,
    SyntaxProblem,
    parse,
)
from owlake_connectors.glue.catalog.expressions.key_types import CastProblem, Comparable, KeyType, key_type

Values = Sequence[str]
Test = Callable[[Values], bool]

_OPERATORS: Mapping[str, Callable[[Comparable, Comparable], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class PartitionFilter:
    """An expression over the keys of one table.

    Attributes:
        constraint: What the catalog's index can be asked: all that passes is let through, and more.
        is_needed: Whether anything is asked at all.
    """

    constraint: Constraint
    _test: Test
    is_needed: bool = True

    def accepts(self, values: Values) -> bool:
        """Whether the partition passes. Errors: InvalidStateException for a value that its key's type cannot read."""
        try:
            return self._test(values)
        except CastProblem as problem:
            raise error("InvalidStateException", str(problem)) from None


def partition_filter(expression: str | None, keys: Sequence[catalog_model.Column]) -> PartitionFilter:
    """The filter of an expression; a blank one lets everything through.

    Errors: InvalidInputException, for what is no expression, for columns that are no keys, and for literals that their
    types cannot read.
    """
    if expression is None or not expression.strip():
        return PartitionFilter({}, lambda _: True, is_needed=False)
    try:
        condition = parse(expression)
    except SyntaxProblem:
        raise error("InvalidInputException", f"Unsupported expression '{expression}'") from None
    typed = _Typed(keys)
    try:
        test, domains = typed.test(condition), typed.domains(condition)
    except CastProblem as problem:
        raise error("InvalidInputException", str(problem)) from None
    return PartitionFilter(domains, test)


class _Typed:
    """Conditions over keys with types."""

    def __init__(self, keys: Sequence[catalog_model.Column]) -> None:
        self._places = {key.name.lower(): place for place, key in enumerate(keys)}
        self._keys = keys

    def _key(self, name: str) -> tuple[int, KeyType]:
        place = self._places.get(name.lower())
        if place is None:
            raise error("InvalidInputException", "Invalid partition expression!")
        return place, key_type(self._keys[place].type)

    def test(self, condition: Condition) -> Test:
        """The test of a partition's values. Errors: CastProblem for a literal that its key's type cannot read."""
        match condition:
            case Comparison():
                place, type_ = self._key(condition.key)
                compare, value = _OPERATORS[condition.operator], type_.read(condition.literal)
                return lambda values: compare(type_.read(values[place]), value)
            case In():
                place, type_ = self._key(condition.key)
                allowed = {type_.read(literal) for literal in condition.literals}
                return lambda values: type_.read(values[place]) in allowed
            case Like():
                place, type_ = self._key(condition.key)
                if not type_.likes:
                    text = f"{type_.called} data type doesn't support operation 'LIKE'"
                    raise error("InvalidInputException", text)
                fits = _pattern(condition.pattern).fullmatch
                return lambda values: fits(values[place]) is not None
            case IsNull():
                self._key(condition.key)
                return lambda _: False
            case Not():
                positive = self.test(condition.condition)
                return lambda values: not positive(values)
            case And():
                return _decided(False, [self.test(one) for one in condition.conditions])
            case Or():
                return _decided(True, [self.test(one) for one in condition.conditions])

    def domains(self, condition: Condition) -> dict[str, Domain]:
        """What keys may be where the condition holds, of keys that the index orders."""
        match condition:
            case Comparison():
                return self._of_literals(condition.key, [condition.literal], condition.operator)
            case In():
                return self._of_literals(condition.key, condition.literals, "=")
            case Like():
                return self._of_prefix(condition)
            case And():
                return _merged([self.domains(one) for one in condition.conditions])
            case Or():
                return _either([self.domains(one) for one in condition.conditions])
            case _:
                return {}

    def _of_literals(self, key: str, literals: Sequence[str], sign: str) -> dict[str, Domain]:
        place, type_ = self._key(key)
        values = [type_.read(literal) for literal in literals]
        if not all(type_.is_bound(value) for value in values):
            return {}
        value = values[0]
        ranges = {
            "<": Range(None, value, high_inclusive=False),
            "<=": Range(None, value),
            ">": Range(value, None, low_inclusive=False),
            ">=": Range(value, None),
        }
        if sign == "=":
            domain = Domain(frozenset(values), null_allowed=True)
        elif sign in ranges:
            domain = Domain(ranges=(ranges[sign],), null_allowed=True)
        else:
            return {}
        return {self._keys[place].name: domain}

    def _of_prefix(self, condition: Like) -> dict[str, Domain]:
        """The texts that begin as the pattern does."""
        place, type_ = self._key(condition.key)
        prefix = re.split("[%_]", condition.pattern, maxsplit=1)[0]
        if not prefix or not type_.is_indexed or prefix[-1] >= "\ud7ff":
            return {}
        following = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        beginning = Range(prefix, following, high_inclusive=False)
        return {self._keys[place].name: Domain(ranges=(beginning,), null_allowed=True)}


def _decided(decisive: bool, tests: Sequence[Test]) -> Test:
    """AND is decided by what is false, OR by what is true; an error counts where nothing decides."""

    def test(values: Values) -> bool:
        problem = None
        for one in tests:
            try:
                if one(values) is decisive:
                    return decisive
            except CastProblem as found:
                problem = problem or found
        if problem is not None:
            raise problem
        return not decisive

    return test


def _merged(parts: Sequence[Mapping[str, Domain]]) -> dict[str, Domain]:
    """What all of them say."""
    found: dict[str, Domain] = {}
    for part in parts:
        for key, domain in part.items():
            found[key] = intersect_domains(found[key], domain) if key in found else domain
    return found


def _either(parts: Sequence[Mapping[str, Domain]]) -> dict[str, Domain]:
    """What one of them says, of the keys of which each says something."""
    domains = {key: unite_domains([part.get(key) for part in parts]) for key in parts[0]}
    return {key: domain for key, domain in domains.items() if domain is not None}


def _pattern(pattern: str) -> re.Pattern[str]:
    """What LIKE's pattern means: ``%`` any text, ``_`` any character."""
    wildcards = {"%": ".*", "_": "."}
    return re.compile("".join(wildcards.get(one, re.escape(one)) for one in pattern), re.DOTALL)
