"""The properties that tables have, by the clause that they stand in, with what is known of their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from owlake.lake.property_registry import Clause, properties_of


def _values(clause: Clause) -> dict[str, Sequence[str]]:
    return {name: one.values for name, one in properties_of(clause).items() if "<" not in name}


CTAS: Mapping[str, Sequence[str]] = _values(Clause.CTAS)
"""Of ``CREATE TABLE ... WITH (...)``."""

OF_SERDES: Mapping[str, Sequence[str]] = _values(Clause.SERDE)
"""Of ``SERDEPROPERTIES (...)``."""


def table_properties(partition_keys: Sequence[str]) -> dict[str, Sequence[str]]:
    """The properties of ``TBLPROPERTIES``, with those of partition projection for the table's keys."""
    return {**_values(Clause.TABLE), **dict(_projections(partition_keys))}


def _projections(partition_keys: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    for key in partition_keys:
        for name, values in _values(Clause.PROJECTION).items():
            yield f"projection.{key}.{name}", values
