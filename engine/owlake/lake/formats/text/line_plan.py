"""A pattern of whole lines as steps over all lines of a block at once.

Most patterns of logs are fields between delimiters: ``([^ ]*) ([^ ]*) "([^"]*)"``. Where what stands before a
delimiter cannot hold it, the field reaches exactly to its next occurrence, whatever follows: finding that is all there
is to do. What cannot be cut so is left to an engine of regular expressions, from there to the line's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from owlake.lake.formats.text.line_syntax import (
    ALL,
    NO_LIMIT,
    End,
    Group,
    Item,
    Run,
    UnreadableError,
    alphabet,
    groups_in,
    has_end,
    read_pattern,
)

Items = tuple[Item, ...]
MOST_STOPS = 3
"""How many bytes end a field at most, where it is as long as it can be."""


@dataclass(frozen=True, slots=True)
class Literal:
    """These bytes come next."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Until:
    """The items match what reaches up to ``before`` bytes before the next ``stop``."""

    items: Items
    stop: int
    before: int


@dataclass(frozen=True, slots=True)
class Lazy:
    """The items match what reaches to the next ``text``; or farther, if what follows does not match then."""

    items: Items
    text: bytes


@dataclass(frozen=True, slots=True)
class Greedy:
    """A field of one set, as far as it reaches: what follows always matches."""

    items: Items
    stops: bytes


@dataclass(frozen=True, slots=True)
class Rest:
    """The items match what is left of the line."""

    items: Items


@dataclass(frozen=True, slots=True)
class AtEnd:
    """The line ends here."""


@dataclass(frozen=True, slots=True)
class Follow:
    """What is known of what stands behind some items: its text, that it is the end, or that it always matches."""

    text: bytes = b""
    is_end: bool = False
    is_anything: bool = False

    @property
    def is_known(self) -> bool:
        """Whether it says anything."""
        return bool(self.text) or self.is_end or self.is_anything


@dataclass(frozen=True, slots=True)
class Choice:
    """The first alternative that matches with what follows.

    Not decided here are lines on which several match and end at different places, though what follows may fail; with
    ``is_exclusive`` all lines on which several match.
    """

    alternatives: tuple[tuple[Step, ...], ...]
    number: int | None
    follow: Follow
    is_exclusive: bool = False


Step = Literal | Until | Lazy | Greedy | Rest | AtEnd | Choice


@dataclass(frozen=True, slots=True)
class LinePlan:
    """The steps of a pattern with so many groups."""

    steps: tuple[Step, ...]
    groups: int


def line_plan(pattern: str) -> LinePlan | None:
    """The steps of a pattern; None where it has pieces that are not read here."""
    try:
        items, groups = read_pattern(pattern)
        return LinePlan(_steps(items, Follow(is_end=True)), groups)
    except UnreadableError:
        return None


def _steps(items: Items, follow: Follow) -> tuple[Step, ...]:
    """The steps of items, given what follows them. Errors: UnreadableError where they cannot be cut."""
    steps: list[Step] = []
    at = 0
    while at < len(items):
        step, at = _step(items, at, follow)
        steps.append(step)
    if follow.is_end and not (steps and isinstance(steps[-1], Rest)):
        steps.append(AtEnd())
    return tuple(steps)


def _step(items: Items, at: int, follow: Follow) -> tuple[Step, int]:
    """The next step, and where the items behind it begin."""
    literal = _literal(items, at)
    if literal:
        return Literal(literal), at + len(literal)
    if isinstance(items[at], End):
        return AtEnd(), at + 1
    for cut in (_until, _lazy, _greedy, _choice, _optional_end):
        found = cut(items, at, follow)
        if found is not None:
            return found
    if not follow.is_end:
        raise UnreadableError
    return Rest(items[at:]), len(items)


def _literal(items: Sequence[Item], at: int) -> bytes:
    """The characters that stand there, one after the other."""
    found = bytearray()
    for item in items[at:]:
        byte = item.literal if isinstance(item, Run) else None
        if byte is None:
            break
        found.append(byte)
    return bytes(found)


def _behind(items: Items, at: int, follow: Follow) -> Follow:
    """What follows the items before ``at``."""
    text = _literal(items, at)
    is_all = at + len(text) == len(items)
    return Follow(
        text + follow.text if is_all else text,
        follow.is_end and at == len(items),
        (follow.is_anything and at == len(items)) or _always_match(items[at:]),
    )


def _until(items: Items, at: int, follow: Follow) -> tuple[Step, int] | None:
    """The shortest field from here that a delimiter ends."""
    end = at + 1
    while end <= len(items) and not has_end(items[at:end]):
        text = _behind(items, end, follow).text
        inside = alphabet(items[at:end])
        for before, byte in enumerate(text):
            if byte not in inside:
                return Until(items[at:end], byte, before), end
        if _is_choice(items[at]):
            return None
        end += len(_literal(items, end)) + 1
    return None


def _lazy(items: Items, at: int, follow: Follow) -> tuple[Step, int] | None:
    run = repeated(items[at])
    text = _behind(items, at + 1, follow).text
    if run is None or not run.is_lazy or run.bytes != ALL or not text:
        return None
    return Lazy(items[at : at + 1], text), at + 1


def _greedy(items: Items, at: int, follow: Follow) -> tuple[Step, int] | None:
    run = repeated(items[at])
    if run is None or run.is_lazy or not _behind(items, at + 1, follow).is_anything:
        return None
    stops = ALL - run.bytes
    return (Greedy(items[at : at + 1], bytes(stops)), at + 1) if len(stops) <= MOST_STOPS else None


def repeated(item: Item) -> Run | None:
    """The repeated set that the item, or the group that it is, consists of."""
    match item:
        case Run(most=most) if most == NO_LIMIT:
            return item
        case Group(alternatives=[[Run(most=most) as run]], is_optional=False) if most == NO_LIMIT:
            return run
    return None


def _is_choice(item: Item) -> bool:
    return isinstance(item, Group) and (len(item.alternatives) > 1 or item.is_optional)


def _choice(items: Items, at: int, follow: Follow) -> tuple[Step, int] | None:
    """Alternatives that can each be cut, given what stands behind them."""
    item = items[at]
    behind = _behind(items, at + 1, follow)
    if not isinstance(item, Group) or not _is_choice(item) or not behind.is_known:
        return None
    if item.is_optional and item.number is not None:
        return None
    alternatives = (*item.alternatives, *([()] if item.is_optional else []))
    try:
        steps = tuple(_steps(one, behind) for one in alternatives)
    except UnreadableError:
        return None
    return Choice(steps, item.number, behind), at + 1


def _optional_end(items: Items, at: int, follow: Follow) -> tuple[Step, int] | None:
    """What ends with something optional: with it, or without."""
    last = items[-1]
    if not follow.is_end or not isinstance(last, Group) or not last.is_optional or at == len(items) - 1:
        return None
    if last.number is not None or len(last.alternatives) > 1:
        return None
    before = items[at:-1]
    try:
        steps = (_steps((*before, *last.alternatives[0]), follow), _steps(before, follow))
    except UnreadableError:
        return None
    return Choice(steps, None, follow, is_exclusive=True), len(items)


def _always_match(items: Items) -> bool:
    """Whether the items match any text, so that what stands before them is never reconsidered."""
    if not items:
        return False
    first = items[0]
    if isinstance(first, Group) and first.is_optional:
        return _always_match(items[1:])
    run = repeated(first)
    return run is not None and run.least == 0 and run.bytes == ALL and (len(items) == 1 or _always_match(items[1:]))


def captured(step: Step) -> list[int]:
    """The numbers of the groups in a step."""
    match step:
        case Until() | Lazy() | Greedy() | Rest():
            return list(groups_in(step.items))
        case Choice():
            own = [] if step.number is None else [step.number]
            return own + [number for one in step.alternatives for part in one for number in captured(part)]
    return []
