"""The smallest connector: a catalog ``squares`` with one table, computed as it is read."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from owlake.spi import Batches, Column, Connector, ConnectorContext, ConnectorFactory, Scan, Table, hookimpl, types


class Squares(Table):
    """Whole numbers and their squares."""

    columns = (Column("number", types.BIGINT), Column("square", types.BIGINT))

    def scan(self, scan: Scan) -> Batches:
        """A batch at a time: nothing is computed that no query wants."""
        for start in range(0, 1_000, 100):
            numbers = range(start, start + 100)
            rows = {"number": pa.array(numbers), "square": pa.array([one * one for one in numbers])}
            yield pa.record_batch({name: rows[name] for name in scan.columns})


class SquaresConnector(Connector):
    """The catalog: one schema, ``default``."""

    def table_names(self, schema: str) -> Sequence[str]:
        """Its tables."""
        return ["squares"] if schema == "default" else []

    def table(self, schema: str, name: str) -> Table | None:
        """The table of this name."""
        return Squares() if name in self.table_names(schema) else None


def create(_: ConnectorContext) -> Connector:
    """The connector of one catalog."""
    return SquaresConnector()


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """What the plugin adds: a catalog that every home has."""
    return [ConnectorFactory("squares", create, "Whole numbers and their squares", catalog="squares")]
