"""Where a parser stands in its tokens, and what it would have taken there.

A text is parsed with a ``Cursor``, which only moves. When that fails, the same grammar runs once more with a
``RecordingCursor``, which stops at the same token and knows every kind that was asked for there: what Trino lists
behind ``Expecting:``.
"""

from __future__ import annotations

from typing import NoReturn

from owlake.dialect.nodes.base import Position
from owlake.dialect.tokens import END, INTEGER, Tokens


class Mismatch(Exception):  # noqa: N818  (never leaves the dialect: `syntax` turns it into a refusal)
    """The token at ``index`` does not fit."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class Cursor:
    """A place in the tokens: ``kind`` is that of the token at ``index``.

    ``undecided`` counts the open choices around the cursor that only tokens further on decide (a parenthesis that may
    open a row, a lambda or a query): there Trino lists what any of the choices would take.
    """

    recording = False

    __slots__ = (
        "_closings",
        "_queries",
        "index",
        "kind",
        "kinds",
        "parameters",
        "star",
        "strict",
        "tokens",
        "undecided",
    )

    def __init__(self, tokens: Tokens, *, strict: bool = False) -> None:
        self.tokens = tokens
        self.kinds = tokens.kinds
        self.index = 0
        self.kind = tokens.kinds[0]
        self.strict = strict
        self.parameters = 0
        """How many parameters were read."""
        self.star = -1
        """The index where the select item starts that may end with ``.*``."""
        self.undecided = 0
        self._closings: dict[int, int] | None = None
        self._queries: dict[int, bool] = {}

    def advance(self) -> int:
        """Step over the token and answer its index."""
        index = self.index
        self.index = index + 1
        self.kind = self.kinds[index + 1]
        return index

    def accept(self, kind: str) -> bool:
        """Step over the token if it is of this kind."""
        if self.kind != kind:
            return False
        self.index += 1
        self.kind = self.kinds[self.index]
        return True

    def expect(self, *kinds: str) -> int:
        """Step over tokens of these kinds, one after the other; the index of the first."""
        first = self.index
        for kind in kinds:
            if self.kind != kind:
                self.fail(kind)
            self.advance()
        return first

    def expect_one_of(self, *kinds: str) -> str:
        """Step over a token of one of these kinds; which one it was."""
        kind = self.kind
        if kind not in kinds:
            self.fail(*kinds)
        self.advance()
        return kind

    def peek(self, distance: int = 1) -> str:
        """The kind of a token further on."""
        return self.kinds[self.index + distance]

    def follows(self, *kinds: str) -> bool:
        """Whether the tokens from here on are of these kinds."""
        index = self.index
        return self.kinds[index : index + len(kinds)] == list(kinds)

    def rule(self, label: str) -> None:
        """Enter a rule that Trino's errors call by a name, such as ``<expression>``."""

    def note(self, *kinds: str) -> None:
        """The grammar looked for these kinds here."""

    def own(self, *words: str) -> None:
        """The grammar would take these words of owlake's own here: errors keep to Athena's, completion offers them."""

    def fail(self, *kinds: str) -> NoReturn:
        """Refuse the token here: one of these kinds was wanted."""
        self.note(*kinds)
        raise Mismatch(self.index)

    @property
    def position(self) -> Position:
        """Where the token here stands."""
        return self.tokens.position(self.index)

    def spelling(self) -> str:
        """The token here as it stands in the text."""
        return self.tokens.spelling(self.index)

    def text_from(self, index: int) -> str:
        """The text from the token at ``index`` to the last one read."""
        tokens = self.tokens
        return tokens.text[tokens.starts[index] : tokens.ends[max(self.index - 1, index)]]

    def closing(self, index: int) -> int:
        """The index of the parenthesis that closes the one at ``index``; of the end if none does."""
        if self._closings is None:
            self._closings = _closings(self.kinds, self.tokens.count)
        return self._closings.get(index, self.tokens.count)

    def queries(self) -> dict[int, bool]:
        """What is known of parentheses so far: whether the one at an index opens a query."""
        return self._queries


class RecordingCursor(Cursor):
    """A cursor that knows at which token the parse fails, and collects what was looked for there."""

    recording = True

    __slots__ = ("expected", "target")

    def __init__(self, tokens: Tokens, target: int, *, strict: bool = False) -> None:
        super().__init__(tokens, strict=strict)
        self.target = target
        self.expected: set[str] = set()

    def accept(self, kind: str) -> bool:
        """Step over the token if it is of this kind; remember that it was asked for."""
        if self.index == self.target:
            self.expected.add(_label(kind))
        return super().accept(kind)

    def rule(self, label: str) -> None:
        """Stop where the parse fails: nothing can be read there, so the rule's name stands for all that it takes."""
        if self.index == self.target:
            self.expected.add(label)
            raise Mismatch(self.index)

    def note(self, *kinds: str) -> None:
        """Remember what was asked for where the parse fails."""
        if self.index == self.target:
            self.expected.update(map(_label, kinds))


class CompletingCursor(RecordingCursor):
    """A cursor that collects owlake's own words too."""

    __slots__ = ()

    def own(self, *words: str) -> None:
        """Remember them like any other kind."""
        self.note(*words)


_LABELS = frozenset({END, INTEGER, "<identifier>", "<expression>", "<predicate>", "<query>", "<string>", "<type>"})


def _label(kind: str) -> str:
    return kind if kind in _LABELS else f"'{kind}'"


def _closings(kinds: list[str], count: int) -> dict[int, int]:
    closings: dict[int, int] = {}
    open_: list[int] = []
    for index in range(count):
        kind = kinds[index]
        if kind == "(":
            open_.append(index)
        elif kind == ")" and open_:
            closings[open_.pop()] = index
    return closings
