"""Columns of timestamps with time zone, held either way: one zone for the column, or one with each value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.functions.arrays import Booleans, Integers, from_integers, integers, presence
from owlake.functions.temporal.zones import Zone, zone_of
from owlake.types.arrow import TIMESTAMP_WITH_ANY_ZONE


@dataclass(frozen=True, slots=True, eq=False)
class ZonedColumn:
    """Instants in UTC microseconds with their zones.

    Attributes:
        zones: The names of the zones that come.
        codes: Which of them goes with each row; None where there is only one.
        present: Which rows are not NULL; None for all of them.
    """

    instants: Integers
    zones: tuple[str, ...]
    codes: npt.NDArray[np.intp] | None = None
    present: Booleans | None = None

    @classmethod
    def of(cls, array: pa.Array) -> Self:
        """The column that an array holds; timestamps without time zone are as of UTC."""
        if not pa.types.is_struct(array.type):
            return cls(integers(array), (array.type.tz or "UTC",), None, presence(array))
        zones = array.field("zone").dictionary_encode()
        names = tuple(zones.dictionary.to_pylist()) or ("UTC",)
        codes = np.asarray(zones.indices.fill_null(0)).astype(np.intp) if len(names) > 1 else None
        return cls(integers(array.field("instant")), names, codes, presence(array))

    @classmethod
    def in_one(cls, instants: Integers, zone: str, present: Booleans | None) -> Self:
        """Instants that are all in one zone."""
        return cls(instants, (zone,), None, present)

    def array(self, type_: pa.DataType) -> pa.Array:
        """The column as an array of either form; a form with one zone takes the instants alone."""
        if not pa.types.is_struct(type_):
            return from_integers(self.instants, self.present, type_)
        codes = np.zeros(len(self.instants), np.int32) if self.codes is None else self.codes.astype(np.int32)
        zones = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(self.zones, pa.string())).cast(pa.string())
        # NULL inside as well: the engine takes the fields of a row that is NULL as they are.
        instants = from_integers(self.instants, self.present, TIMESTAMP_WITH_ANY_ZONE.field(0).type)
        mask = None if self.present is None else pa.array(~self.present)
        return pa.StructArray.from_arrays([instants, zones], fields=list(TIMESTAMP_WITH_ANY_ZONE), mask=mask)

    def local(self) -> Integers:
        """The local time of each row."""
        return self.by_zone(lambda zone, rows: zone.to_local(self.instants[rows]))

    def offsets(self) -> Integers:
        """The offset from UTC of each row, in microseconds."""
        return self.by_zone(lambda zone, rows: zone.offsets_at(self.instants[rows]))

    def moved_to(self, local: Integers) -> Self:
        """The same rows at other local times of their zones."""
        return replace(self, instants=self.by_zone(lambda zone, rows: zone.instants_of(local[rows])))

    def moved_near(self, local: Integers) -> Self:
        """The same rows at other local times, with the offset that they have now where that is possible."""
        moved = self.by_zone(lambda zone, rows: zone.instants_near(local[rows], self.instants[rows]))
        return replace(self, instants=moved)

    def by_zone(self, call: Callable[[Zone, slice | npt.NDArray[np.intp]], Integers]) -> Integers:
        """One value a row, computed for all rows of a zone at once."""
        if self.codes is None:
            return call(zone_of(self.zones[0]), slice(None))
        result = np.zeros(len(self.instants), np.int64)
        for zone, rows in self.rows_by_zone():
            result[rows] = call(zone_of(zone), rows)
        return result

    def rows_by_zone(self) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
        """The zones that come, each with its rows."""
        if self.codes is None:
            yield self.zones[0], np.arange(len(self.instants))
            return
        for code, zone in enumerate(self.zones):
            rows = np.flatnonzero(self.codes == code)
            if len(rows):
                yield zone, rows
