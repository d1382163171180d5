"""What a statement answers: rows, and how Athena describes their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from owlake.types.model import VARCHAR, Type

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of the answer.

    ``athena_type`` is the type in Athena's ColumnInfo where it is not the Trino type's: the Hive side answers
    ``string`` with precision 0.
    """

    name: str
    type: Type = VARCHAR
    athena_type: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """The answer to a statement; without columns there is nothing to show.

    A row may end in None where Athena's text for it ends earlier.
    """

    columns: tuple[OutputColumn, ...] = ()
    rows: Sequence[Row] = ()

    def lines(self) -> Iterator[str]:
        """The rows as Athena's text results: the fields of a row in one datum, with tabs between them."""
        from owlake.types.rendering import renderer  # noqa: PLC0415  (asked for by those who keep results)

        renders = [renderer(column.type) for column in self.columns]
        for row in self.rows:
            values = zip(renders, row, strict=True)
            yield "\t".join(render(value) for render, value in values if value is not None)


NOTHING = Output()
"""The answer of DDL that shows nothing."""


def hive_output(names: Sequence[str], rows: Iterable[Row]) -> Output:
    """An answer of the Hive side: every column is ``string``."""
    return Output(tuple(OutputColumn(name, athena_type="string") for name in names), tuple(rows))


def trino_output(names: Sequence[str], rows: Iterable[Row]) -> Output:
    """An answer of the Trino side: every column is ``varchar``."""
    return Output(tuple(OutputColumn(name) for name in names), tuple(rows))
