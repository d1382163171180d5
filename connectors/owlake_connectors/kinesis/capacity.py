"""How many shards a stream needs, and what it would cost on AWS.

The formula is the service's own (https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html): bytes
written and read over what a shard takes and gives. It leaves out that a shard takes 1,000 records a second: that is a
column of its own. Prices are those of the list, without discounts (https://aws.amazon.com/kinesis/data-streams/pricing/).
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Any

import pyarrow as pa

from owlake.spi import Batches, Column, Scan, Table, arrow_type, operation, table_function, types
from owlake_connectors.kinesis import errors

_KIB = 1024
_WRITE_KIB, _READ_KIB, _WRITE_RECORDS = 1024, 2048, 1000
"""What a shard takes and gives in a second."""
_PAYLOAD_UNIT = 25 * _KIB
_GIB = 1 << 30
_HOURS = 730
"""Of a month, as AWS counts."""
_SECONDS = 3600 * _HOURS

SHARD_HOUR = 0.015
MILLION_PAYLOAD_UNITS = 0.014
FAN_OUT_SHARD_HOUR, FAN_OUT_GIB = 0.015, 0.013
ON_DEMAND_HOUR, ON_DEMAND_GIB_IN, ON_DEMAND_GIB_OUT = 0.04, 0.08, 0.04
PRICES = (
    f"us-east-1, list prices of November 2026 in USD: shard hour {SHARD_HOUR}, million PUT payload units of 25 KB"
    f" {MILLION_PAYLOAD_UNITS}; enhanced fan-out: consumer shard hour {FAN_OUT_SHARD_HOUR}, GB {FAN_OUT_GIB};"
    f" on-demand: stream hour {ON_DEMAND_HOUR}, GB in {ON_DEMAND_GIB_IN}, GB out {ON_DEMAND_GIB_OUT};"
    f" {_HOURS} hours a month"
)


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """What a load needs.

    Attributes:
        shards: What the formula gives: the larger of the two.
        shards_by_records: So many are needed where records are put one by one, not packed by the producer library.
        fan_out_usd_per_month: What it costs more if each consumer has a throughput of its own.
    """

    write_shards: int
    read_shards: int
    shards: int
    shards_by_records: int
    write_kib_per_second: float
    read_kib_per_second: float
    provisioned_usd_per_month: float
    fan_out_usd_per_month: float
    on_demand_usd_per_month: float
    prices: str


def capacity_plan(records_per_second: float, record_bytes: float, consumers: int) -> CapacityPlan:
    """The plan of a load. Errors: InvalidArgumentException."""
    if not (0 <= records_per_second < float("inf") and 0 <= record_bytes < float("inf") and consumers >= 0):
        raise errors.invalid_argument("A load cannot be negative, nor without end.")
    write = records_per_second * record_bytes / _KIB
    read = write * consumers
    write_shards, read_shards = _ceiling(write / _WRITE_KIB), _ceiling(read / _READ_KIB)
    shards = max(write_shards, read_shards, 1)
    units = records_per_second * max(_ceiling(record_bytes / _PAYLOAD_UNIT), 1) * _SECONDS
    read_gib = read * _KIB * _SECONDS / _GIB
    # On demand, each record counts as whole kilobytes.
    billed = records_per_second * _ceiling(record_bytes / _KIB) * _KIB * _SECONDS / _GIB
    return CapacityPlan(
        write_shards,
        read_shards,
        shards,
        max(_ceiling(records_per_second / _WRITE_RECORDS), 1),
        write,
        read,
        round(shards * _HOURS * SHARD_HOUR + units / 1e6 * MILLION_PAYLOAD_UNITS, 2),
        round(consumers * shards * _HOURS * FAN_OUT_SHARD_HOUR + read_gib * FAN_OUT_GIB, 2),
        round(_HOURS * ON_DEMAND_HOUR + billed * (ON_DEMAND_GIB_IN + consumers * ON_DEMAND_GIB_OUT), 2),
        PRICES,
    )


def _ceiling(value: float) -> int:
    return -int(-value // 1)


class Capacity:
    """The plan as an operation."""

    @operation
    def capacity_plan(self, records_per_second: float, record_bytes: float, consumers: int = 1) -> CapacityPlan:
        """How many shards a load needs by the service's formula, and what it costs by AWS's list prices."""
        return capacity_plan(records_per_second, record_bytes, consumers)


class CapacityFunctions:
    """The plan as a table."""

    @table_function
    def capacity_plan(self, records_per_second: float, record_bytes: float, consumers: int = 1) -> Table:
        """How many shards a load needs by the service's formula, and what it costs by AWS's list prices."""
        return _PlanTable(capacity_plan(records_per_second, record_bytes, consumers))


_TYPES = {"int": types.BIGINT, "float": types.DOUBLE, "str": types.VARCHAR}


class _PlanTable(Table):
    """One row."""

    columns = tuple(Column(one.name, _TYPES[str(one.type)]) for one in fields(CapacityPlan))

    def __init__(self, plan: CapacityPlan) -> None:
        self._plan = plan

    def scan(self, scan: Scan) -> Batches:
        """The plan."""
        values: dict[str, Any] = dict(zip((one.name for one in self.columns), astuple(self._plan), strict=True))
        held = {one.name: arrow_type(one.type) for one in self.columns}
        yield pa.record_batch({name: pa.array([values[name]], held[name]) for name in scan.columns})
