"""Many structures of one kind, held as a list for each of their members.

An operation that takes or gives thousands of records declares ``Columns[Record]`` where another has ``list[Record]``.
It is a sequence like a list; but neither its doors nor the operation make an object of each record, which would take
longer than the work itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from owlake.operations.shapes import ListOf

T = TypeVar("T")

_PLAIN = (str, bytes)
_NOTHING = type(None)


class Columns(Sequence[T], Generic[T]):
    """Structures of a class; members that no column is given for are what they are by default."""

    def __init__(self, kind: type[T], columns: Mapping[str, Sequence[Any]]) -> None:
        self.kind = kind
        self.columns = columns
        self._length = len(next(iter(columns.values()))) if columns else 0

    @classmethod
    def of(cls, kind: type[T], names: Iterable[str], items: Sequence[T]) -> Columns[T]:
        """The columns of structures."""
        return cls(kind, {name: [getattr(item, name) for item in items] for name in names})

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        return self.kind(**{name: column[index] for name, column in self.columns.items()})

    def get(self, name: str) -> Sequence[Any]:
        """The values of a member; none of any where there is no column of it."""
        return self.columns.get(name) or [None] * len(self)


def plain_columns(shape: ListOf, items: Any) -> Columns[Any] | None:
    """The columns of an API's structures, where every member is as it is to be; None where one has to look closer."""
    if not isinstance(items, list | tuple) or not items:
        return None
    columns: dict[str, Sequence[Any]] = {}
    given = 0
    try:
        total = sum(map(len, items))
        for member in shape.structure.members:
            if given == total:
                break
            name = member.api_name
            column = _column(items, name, required=member.required)
            types = set(map(type, column))
            if types == {_NOTHING}:
                continue
            given += len(column) - (column.count(None) if _NOTHING in types else 0)
            wanted = getattr(member.shape, "python", None)
            if wanted is bytes and types == {str}:
                column = list(map(str.encode, column))
            elif wanted not in _PLAIN or not types <= ({wanted} if member.required else {wanted, _NOTHING}):
                return None
            columns[member.attribute] = column
        # Something else is in them, or a None.
        return Columns(shape.structure.python, columns) if given == total else None
    except (KeyError, TypeError, AttributeError):
        return None


def _column(items: Sequence[Any], name: str, *, required: bool) -> list[Any]:
    """A member of each of the items. Errors: KeyError, where one lacks it that must not."""
    try:
        return list(map(itemgetter(name), items))
    except KeyError:
        if required:
            raise
        return [item.get(name) for item in items]


def columns_to_api(shape: ListOf, value: Columns[Any]) -> list[dict[str, Any]]:
    """The structures as boto3 shows them."""
    found = [
        (one.api_name, value.columns[one.attribute])
        for one in shape.structure.members
        if one.attribute in value.columns
    ]
    names = tuple(name for name, _ in found)
    rows = zip(*(column for _, column in found), strict=True)
    if not all(all(column) or None not in column for _, column in found):
        return [{name: part for name, part in zip(names, row, strict=True) if part is not None} for row in rows]
    if len(names) == 2:
        # As of most answers, of which there are thousands: what is written out takes a third of the time.
        first, second = names
        return [{first: one, second: other} for one, other in rows]
    return list(map(dict, map(zip, repeat(names), rows)))
