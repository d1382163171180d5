"""Patterns of lines, read as far as they are made of the commonest pieces: characters, sets of them, repeats, groups.

A set is one of bytes: in UTF-8, ``[^ ]`` over characters is every byte but the blank. What has no such reading
(look-around, back-references, flags, sets of other characters than ASCII's) has none here at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Bytes = frozenset[int]

ALL = frozenset(range(256))
_ASCII = frozenset(range(128))
_DIGITS = frozenset(b"0123456789")
_WORD = _DIGITS | frozenset(b"_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_BLANKS = frozenset(b" \t\n\x0b\f\r")
_SHORTHANDS: dict[str, Bytes] = {
    "d": _DIGITS, "w": _WORD, "s": _BLANKS, "D": ALL - _DIGITS, "W": ALL - _WORD, "S": ALL - _BLANKS,
}  # fmt: skip
_CONTROLS = {"t": 9, "n": 10, "r": 13, "f": 12, "e": 27}
_MOST_REPEATS = 1000
NO_LIMIT = -1


class UnreadableError(Exception):
    """The pattern has pieces that are not read here."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of a set, so many of them. One exactly of one byte is a character."""

    bytes: Bytes
    least: int = 1
    most: int = 1
    is_lazy: bool = False

    @property
    def literal(self) -> int | None:
        """The byte that it is, if it is just that."""
        return next(iter(self.bytes)) if len(self.bytes) == 1 and self.least == self.most == 1 else None


@dataclass(frozen=True, slots=True)
class End:
    """The end of the line."""


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives; ``number`` where it captures; ``is_optional`` if it may be left out, which it is not if it can."""

    alternatives: tuple[tuple[Item, ...], ...]
    number: int | None
    is_optional: bool = False


Item = Run | End | Group


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    groups: int = 0
    names: dict[str, int] = field(default_factory=dict)

    def alternatives(self) -> tuple[tuple[Item, ...], ...]:
        found = [self._sequence()]
        while self._take("|"):
            found.append(self._sequence())
        return tuple(found)

    def _sequence(self) -> tuple[Item, ...]:
        items: list[Item] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            items.append(self._repeated(self._atom()))
        return tuple(items)

    def _take(self, text: str) -> bool:
        if not self.text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise UnreadableError
        self.at += 1
        return self.text[self.at - 1]

    def _atom(self) -> Item:
        character = self._next()
        match character:
            case "(":
                return self._group()
            case "[":
                return Run(self._set())
            case "\\":
                return Run(self._escape())
            case ".":
                return Run(ALL)
            case "$":
                return End()
            case "^" | "*" | "+" | "?" | "{":
                raise UnreadableError
        return Run(_byte(character))

    def _group(self) -> Group:
        number = None
        if not self._take("?"):
            self.groups += 1
            number = self.groups
        elif not self._take(":"):
            raise UnreadableError
        found = self.alternatives()
        if not self._take(")"):
            raise UnreadableError
        return Group(found, number)

    def _repeated(self, item: Item) -> Item:
        bounds = self._bounds()
        if bounds is None:
            return item
        least, most = bounds
        is_lazy = self._take("?")
        if self._take("+") or self._bounds() is not None:
            raise UnreadableError
        match item:
            case Run():
                return Run(item.bytes, least, most, is_lazy)
            case Group() if (least, most) == (0, 1) and not is_lazy:
                return Group(item.alternatives, item.number, is_optional=True)
        raise UnreadableError

    def _bounds(self) -> tuple[int, int] | None:
        for mark, found in (("*", (0, NO_LIMIT)), ("+", (1, NO_LIMIT)), ("?", (0, 1))):
            if self._take(mark):
                return found
        if not self._take("{"):
            return None
        least, comma, most = self._until("}").partition(",")
        if not least.isdigit() or (most and not most.isdigit()):
            raise UnreadableError
        high = (int(most) if most else NO_LIMIT) if comma else int(least)
        if max(int(least), high) > _MOST_REPEATS or -1 < high < int(least):
            raise UnreadableError
        return int(least), high

    def _until(self, end: str) -> str:
        found = self.text.find(end, self.at)
        if found < 0:
            raise UnreadableError
        text = self.text[self.at : found]
        self.at = found + 1
        return text

    def _escape(self) -> Bytes:
        character = self._next()
        if character in _SHORTHANDS:
            return _SHORTHANDS[character]
        if character in _CONTROLS:
            return frozenset({_CONTROLS[character]})
        if character.isalnum():
            raise UnreadableError
        return _byte(character)

    def _set(self) -> Bytes:
        is_negated = self._take("^")
        found: Bytes = frozenset()
        is_first = True
        while is_first or not self._take("]"):
            is_first = False
            one = self._member()
            if len(one) == 1 and self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                last = self._member()
                if len(last) != 1 or min(last) < min(one):
                    raise UnreadableError
                one = frozenset(range(min(one), min(last) + 1))
            found |= one
        return ALL - found if is_negated else found

    def _member(self) -> Bytes:
        character = self._next()
        if character == "\\":
            found = self._escape()
            if not found <= _ASCII:
                raise UnreadableError
            return found
        if character in "[&]":
            raise UnreadableError
        return _byte(character)


def _byte(character: str) -> Bytes:
    if not character.isascii() or character == "\n":
        raise UnreadableError
    return frozenset(character.encode())


def read_pattern(pattern: str) -> tuple[tuple[Item, ...], int]:
    """The items of a pattern of whole lines, and how many groups it has. Errors: UnreadableError."""
    reader = _Reader(pattern.removeprefix("^"))
    alternatives = reader.alternatives()
    if reader.at < len(reader.text):
        raise UnreadableError
    items = alternatives[0] if len(alternatives) == 1 else (Group(alternatives, None),)
    if _counts_characters(items):
        raise UnreadableError
    return (items[:-1] if items and isinstance(items[-1], End) else items), reader.groups


def _counts_characters(items: Sequence[Item]) -> bool:
    """Whether characters that may be of several bytes are counted."""
    for item in items:
        if isinstance(item, Run) and not item.bytes <= _ASCII and (item.most != NO_LIMIT or item.least > 1):
            return True
        if isinstance(item, Group) and any(_counts_characters(one) for one in item.alternatives):
            return True
    return False


def alphabet(items: Sequence[Item]) -> Bytes:
    """Every byte that can be in what the items match."""
    found: Bytes = frozenset()
    for item in items:
        match item:
            case Run():
                found |= item.bytes
            case Group():
                for alternative in item.alternatives:
                    found |= alphabet(alternative)
    return found


def groups_in(items: Sequence[Item]) -> Iterator[int]:
    """The numbers of the groups in the items, in their order."""
    for item in items:
        if isinstance(item, Group):
            if item.number is not None:
                yield item.number
            for alternative in item.alternatives:
                yield from groups_in(alternative)


def has_end(items: Sequence[Item]) -> bool:
    """Whether the end of the line is among the items, at any depth."""
    return any(
        isinstance(item, End) or (isinstance(item, Group) and any(has_end(one) for one in item.alternatives))
        for item in items
    )


def can_be_absent(items: Sequence[Item], *, is_inside: bool = False) -> frozenset[int]:
    """The groups that a match may have without them."""
    found: set[int] = set()
    for item in items:
        if isinstance(item, Group):
            inside = is_inside or item.is_optional
            if inside and item.number is not None:
                found.add(item.number)
            for alternative in item.alternatives:
                found |= can_be_absent(alternative, is_inside=inside or len(item.alternatives) > 1)
    return frozenset(found)


def written(items: Sequence[Item], name: str = "") -> str:
    """The items as RE2 reads them over bytes; ``name`` begins the names of groups, without one they do not capture."""
    return "".join(_written(item, name) for item in items)


def _written(item: Item, name: str) -> str:
    match item:
        case End():
            return r"\z"
        case Run():
            return _set_text(item.bytes) + _quantifier(item)
    inner = "|".join(written(one, name) for one in item.alternatives)
    opened = f"(?P<{name}{item.number}>" if name and item.number is not None else "(?:"
    return f"{opened}{inner}){'?' if item.is_optional else ''}"


def _set_text(bytes_: Bytes) -> str:
    if bytes_ == ALL:
        return "(?s:.)"
    negated = len(bytes_) > len(ALL) // 2
    codes = sorted(ALL - bytes_ if negated else bytes_)
    return "[" + ("^" if negated else "") + "".join(f"\\x{code:02x}" for code in codes) + "]"


def _quantifier(run: Run) -> str:
    lazy = "?" if run.is_lazy else ""
    match run.least, run.most:
        case 1, 1:
            return ""
        case 0, 1:
            return "?" + lazy
        case least, most if most == NO_LIMIT:
            return {0: "*", 1: "+"}.get(least, f"{{{least},}}") + lazy
    return f"{{{run.least},{run.most}}}" + lazy
