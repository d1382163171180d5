"""Bucketed tables: which file holds which bucket, and which buckets a statement needs.

Buckets are Hive's, version 1, or Spark's; of tables that Hive's other version has filled nothing is known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Protocol

from owlake.catalog.model import Table
from owlake.lake import uris
from owlake.lake.model import DataFile, Domain, Value
from owlake.types.arrow import arrow_type
from owlake.types.hive import parse_hive_type
from owlake.types.model import DOUBLE, REAL, Type

if TYPE_CHECKING:
    import pyarrow as pa

# The names that Trino's BackgroundHiveSplitLoader takes for buckets: Presto's of old, Hive's, Hive's transactional;
# and Spark's.
_PATTERNS = (
    re.compile(r"\d{8}_\d{6}_\d{5}_[a-z0-9]{5}_bucket-(\d+)(?:[-_.].*)?"),
    re.compile(r"(\d+)_\d+.*"),
    re.compile(r"bucket_(\d+)(?:_\d+)?"),
    re.compile(r"part-\d+-[0-9a-z-]+_(\d+)(?:\..*)?"),
)
_FEWEST_COMBINATIONS = 1000
_COMBINATIONS_FOR_EACH_BUCKET = 4


def bucket_number(uri: str) -> int | None:
    """The bucket that a file's name says it holds, or None."""
    name = uris.name_of(uri)
    for pattern in _PATTERNS:
        found = pattern.fullmatch(name)
        if found:
            return int(found[1])
    return None


def bucket_file_name(bucket: int, token: str, again: int = 0, *, is_sparks: bool = False) -> str:
    """The name of a bucket's file (without an ending) as Trino writes it: ``000123_0_<token>``; or as Spark does.

    ``again``: how many files of the bucket the write has made before.
    """
    if is_sparks:
        return f"part-{again:05}-{token}_{bucket:05}.c000"
    return f"{bucket:06}_0_{token}{f'_copy_{again}' if again else ''}"


def prune_buckets(table: Table, domains: Mapping[str, Domain], files: Sequence[DataFile]) -> tuple[DataFile, ...]:
    """The files that can hold rows inside the domains of the bucketing columns.

    A file whose name does not say a bucket of the table stays.
    """
    wanted = wanted_buckets(table, domains)
    if wanted is None:
        return tuple(files)
    count = table.storage.number_of_buckets
    numbers = [bucket_number(file.uri) for file in files]
    return tuple(
        file
        for file, number in zip(files, numbers, strict=True)
        if number is None or number >= count or number in wanted
    )


def wanted_buckets(table: Table, domains: Mapping[str, Domain]) -> frozenset[int] | None:
    """The buckets that hold the rows inside the domains; None: any can."""
    if not is_bucketed(table):
        return None
    types, hashing = bucket_types(table), bucket_hashing(table)
    choices = [
        _choices(domains.get(name), type_, hashing)
        for name, type_ in zip(table.storage.bucket_columns, types, strict=True)
    ]
    known = [choice for choice in choices if choice is not None]
    if len(known) < len(choices):
        return None
    count = table.storage.number_of_buckets
    if prod(len(choice) for choice in known) > max(count * _COMBINATIONS_FOR_EACH_BUCKET, _FEWEST_COMBINATIONS):
        return None
    return frozenset(_buckets_of(list(product(*known)), types, count, hashing))


def is_bucketed(table: Table) -> bool:
    """Whether the table is bucketed by Hive's first hash or by Spark's."""
    storage, parameters = table.storage, table.parameters
    return (
        storage.number_of_buckets > 0
        and bool(storage.bucket_columns)
        and (parameters.get("bucketing_version", "1") == "1" or is_sparks(table))
    )


def is_sparks(table: Table) -> bool:
    """Whether the table is bucketed by Spark's hash."""
    return table.parameters.get("bucketing_format", "hive").lower() == "spark"


class Hashing(Protocol):
    """A hash that tables are bucketed by."""

    def bucket_numbers(self, columns: Sequence[pa.Array], types: Sequence[Type], count: int, /) -> pa.Array:
        """The bucket of each row, as int32."""

    def can_bucket(self, type_: Type, /) -> bool:
        """Whether there is a hash for values of the type."""


def bucket_hashing(table: Table) -> Hashing:
    """The hash that the table is bucketed by."""
    from owlake.lake import bucket_hash, spark_hash  # noqa: PLC0415  (numpy, for bucketed tables alone)

    return spark_hash if is_sparks(table) else bucket_hash


def bucket_types(table: Table) -> list[Type]:
    """The types of the bucketing columns, in their order."""
    by_name = {column.name: parse_hive_type(column.type) for column in table.storage.columns}
    return [by_name[name] for name in table.storage.bucket_columns]


def _choices(domain: Domain | None, type_: Type, hashing: Hashing) -> list[Value | None] | None:
    """The values that a column can have, if they are few and known."""
    # Zero equals minus zero, but they have two hashes.
    if domain is None or not hashing.can_bucket(type_) or type_ in (REAL, DOUBLE):
        return None
    values: list[Value | None] = list(domain.values or ())
    for range_ in domain.ranges or ():
        if range_.low is None or range_.low != range_.high:
            return None
        values.append(range_.low)
    return [*values, None] if domain.null_allowed else values


def _buckets_of(
    rows: Sequence[tuple[Value | None, ...]], types: Sequence[Type], count: int, hashing: Hashing
) -> Iterable[int]:
    import pyarrow as pa  # noqa: PLC0415  (as above)

    if not rows:
        return ()
    columns = [
        pa.array(list(values), arrow_type(type_)) for values, type_ in zip(zip(*rows, strict=True), types, strict=True)
    ]
    numbers: list[int] = hashing.bucket_numbers(columns, types, count).to_pylist()
    return numbers
