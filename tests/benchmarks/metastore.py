"""What planning asks of the catalog and of the storage, at the size of large tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from owlake.catalog.model import Column, Partition, StorageDescriptor, Table
from owlake.home import Home
from owlake.lake.bucket_hash import bucket_numbers
from owlake.lake.model import Domain
from owlake.types.model import BIGINT, VARCHAR
from tests.benchmarks.measuring import Line, Setting, best_of

_PARTITIONS = 100_000
_LISTED = 1.5
_FOUND = 50.0
_FILES = 0.5


def run(setting: Setting) -> Iterator[Line]:
    """Partitions listed and found, files listed, buckets computed."""
    with Home.open(setting.scratch / "home") as home:
        _create(home)

        def listed() -> None:
            with home.metastore.read() as catalog:
                assert len(catalog.list_partitions("default", "t")) == _PARTITIONS

        def found() -> None:
            with home.metastore.read() as catalog:
                assert len(catalog.list_partitions("default", "t", {"k": Domain(frozenset(["77777"]))})) == 1

        (taken,) = best_of(setting, listed)
        yield Line(f"listing {_PARTITIONS:,} partitions", taken, "s", _LISTED)
        (taken,) = best_of(setting, found)
        yield Line(f"finding one of {_PARTITIONS:,}", taken * 1000, "ms", _FOUND)
        _lay_out(home.path / "buckets" / "lake" / "t")
        (taken,) = best_of(setting, lambda: home.storage.list_files("s3://lake/t/"))
        yield Line("listing 10,000 files", taken, "s", _FILES, "in 100 folders")
    numbers = pa.array(np.arange(1_000_000))
    texts = pa.array([f"customer-{number}" for number in range(200_000)])
    (taken,) = best_of(setting, lambda: bucket_numbers([numbers], [BIGINT], 16))
    yield Line("bucket numbers of bigint", 1 / taken, "M/s", 5, "a million", at_least=True)
    (taken,) = best_of(setting, lambda: bucket_numbers([texts], [VARCHAR], 16))
    yield Line("bucket numbers of text", 0.2 / taken, "M/s", 2, "200,000", at_least=True)


def _create(home: Home) -> None:
    stored = StorageDescriptor((Column("n", "int"),), "s3://lake/t/")
    with home.metastore.write() as catalog:
        catalog.create_table(Table("default", "t", stored, (Column("k", "string"),)))
        partitions = [Partition((str(number),), stored) for number in range(_PARTITIONS)]
        catalog.create_partitions("default", "t", partitions)


def _lay_out(folder: Path) -> None:
    for place in range(100):
        part = folder / f"x={place}"
        part.mkdir(parents=True)
        for number in range(100):
            (part / f"{number}.csv").touch()
