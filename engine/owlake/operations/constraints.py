"""What values an API's model allows beside their types: lengths, bounds, patterns; every finding at once.

They stand in the annotations of an operation, ``Annotated[str, Length(1, 128), Pattern("[a-zA-Z0-9_.-]+")]``, and are
checked before the operation is done, whatever door it is called by. The texts are those of AWS's services.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


class ValueConstraint(ABC):
    """What a value must be."""

    @abstractmethod
    def findings(self, value: Any) -> Iterator[str]:
        """What the value must be and is not: "have length less than or equal to 128"."""

    def all_hold(self, values: Sequence[Any]) -> bool:
        """Whether none of the values has findings."""
        return not any(next(self.findings(one), None) for one in values)


@dataclass(frozen=True, slots=True)
class Length(ValueConstraint):
    """The length of a text, bytes, a list or a map."""

    least: int | None = None
    most: int | None = None

    def findings(self, value: Any) -> Iterator[str]:
        """What the length must be."""
        if self.least is not None and len(value) < self.least:
            yield f"have length greater than or equal to {self.least}"
        if self.most is not None and len(value) > self.most:
            yield f"have length less than or equal to {self.most}"

    def all_hold(self, values: Sequence[Any]) -> bool:
        """Whether the shortest and the longest are as they must be."""
        lengths = set(map(len, values))
        if not lengths:
            return True
        return (self.most is None or max(lengths) <= self.most) and (not self.least or min(lengths) >= self.least)

    def of_each(self) -> str:
        """What is said of members of a list or map."""
        bounds = (("less", self.most), ("greater", self.least))
        return ", ".join(f"Member must have length {word} than or equal to {n}" for word, n in bounds if n is not None)


@dataclass(frozen=True, slots=True)
class Bounds(ValueConstraint):
    """The least and the greatest number."""

    least: int | None = None
    most: int | None = None

    def findings(self, value: Any) -> Iterator[str]:
        """What the number must be."""
        if self.least is not None and value < self.least:
            yield f"have value greater than or equal to {self.least}"
        if self.most is not None and value > self.most:
            yield f"have value less than or equal to {self.most}"


@dataclass(frozen=True, slots=True)
class Pattern(ValueConstraint):
    """A regular expression that the whole text fits; ``shown`` is how the service writes it, if not as Python does."""

    text: str
    shown: str | None = None
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", re.compile(self.text, re.ASCII))

    def findings(self, value: Any) -> Iterator[str]:
        """What the text must fit."""
        if not self._compiled.fullmatch(value):
            yield f"satisfy regular expression pattern: {self.shown or self.text}"
