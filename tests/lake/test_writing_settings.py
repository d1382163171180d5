"""Properties that say how Parquet and ORC are written: what other readers find of them in the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from owlake.errors import OwlakeError
from owlake.lake.storage import Storage
from owlake.lake.writing.orc import OrcSettings
from owlake.lake.writing.orc import file_format as orc_format
from owlake.lake.writing.parquet import file_format as parquet_format
from owlake.types.arrow import arrow_type
from owlake.types.model import BIGINT, VARCHAR, Array, Map, Row, RowField, Type

COLUMNS: dict[str, Type] = {"nested": Array(Row((RowField("x", BIGINT),))), "n": BIGINT, "t": VARCHAR}
ROWS = 100_000
_WORDS = np.random.default_rng(7).integers(0, 500, ROWS)
BATCH = pa.RecordBatch.from_arrays(
    [
        pa.array([[{"x": 1}]] * ROWS, arrow_type(COLUMNS["nested"])),
        pa.array(np.random.default_rng(5).permutation(ROWS), pa.int64()),
        pa.array([f"word number {word}" for word in _WORDS], pa.string()),
    ],
    names=list(COLUMNS),
)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    (tmp_path / "buckets" / "lake").mkdir(parents=True)
    return Storage(tmp_path / "buckets", None)


def written(storage: Storage, form: Any, batches: int = 1, **properties: str) -> bytes:
    named = {name.replace("_", "."): value for name, value in properties.items()}
    file = form(COLUMNS, named).begin(storage, "s3://lake/file")
    for _ in range(batches):
        file.write(BATCH)
    file.close()
    path = storage.local_path("s3://lake/file")
    assert path is not None
    return path.read_bytes()


def parquet(storage: Storage, batches: int = 1, **properties: str) -> tuple[bytes, pq.FileMetaData]:
    content = written(storage, parquet_format, batches, **properties)
    assert pq.read_table(pa.BufferReader(content)).num_rows == ROWS * batches
    return content, pq.ParquetFile(pa.BufferReader(content)).metadata


def orc_file(storage: Storage, batches: int = 1, **properties: str) -> tuple[bytes, orc.ORCFile]:
    content = written(storage, orc_format, batches, **properties)
    assert orc.ORCFile(pa.BufferReader(content)).read().num_rows == ROWS * batches
    return content, orc.ORCFile(pa.BufferReader(content))


def test_the_row_groups_of_parquet(storage: Storage) -> None:
    assert parquet(storage, 4)[1].num_row_groups == 1
    size = str(2 * BATCH.nbytes)
    assert [parquet(storage, 4, parquet_block_size=size)[1].row_group(place).num_rows for place in (0, 1)] == [
        2 * ROWS
    ] * 2


def test_the_pages_of_parquet(storage: Storage) -> None:
    large, small = (
        parquet(storage, parquet_enable_dictionary="false", parquet_page_size=size)[1] for size in ("1048576", "65536")
    )
    # Each page has a header.
    sizes = [one.row_group(0).column(1).total_uncompressed_size for one in (large, small)]
    assert sizes[1] > sizes[0]


def test_the_dictionaries_of_parquet(storage: Storage) -> None:
    assert parquet(storage)[1].row_group(0).column(2).has_dictionary_page
    metadata = parquet(storage, parquet_enable_dictionary="false")[1]
    assert not any(metadata.row_group(0).column(place).has_dictionary_page for place in range(3))


@pytest.mark.parametrize(("version", "page"), [("v1", 0), ("PARQUET_1_0", 0), ("v2", 3), ("PARQUET_2_0", 3)])
def test_the_version_of_pages(storage: Storage, version: str, page: int) -> None:
    content, metadata = parquet(storage, parquet_writer_version=version)
    start = metadata.row_group(0).column(1).data_page_offset
    # Thrift's compact protocol: the header's first field is the kind of page, DATA_PAGE or DATA_PAGE_V2.
    assert content[start : start + 2] == bytes([0x15, 2 * page])


def test_the_stripes_and_the_index_of_orc(storage: Storage) -> None:
    assert orc_file(storage, 4)[1].nstripes == 1
    found = orc_file(storage, 4, orc_stripe_size="500000", orc_row_index_stride="2000")[1]
    assert found.nstripes > 1
    assert found.row_index_stride == 2000


def test_the_version_and_the_compression_of_orc(storage: Storage) -> None:
    found = orc_file(storage, orc_write_format="0.11", orc_compress="SNAPPY")[1]
    assert (found.file_version, found.compression) == ("0.11", "SNAPPY")
    assert orc_file(storage)[1].file_version == "0.12"


def test_the_dictionaries_of_orc(storage: Storage) -> None:
    direct, _ = orc_file(storage, orc_compress="NONE")
    shared, _ = orc_file(storage, orc_compress="NONE", orc_dictionary_key_threshold="0.8")
    assert len(shared) < len(direct) - ROWS * 10


def test_the_bloom_filters_of_orc(storage: Storage) -> None:
    none, _ = orc_file(storage)
    some, _ = orc_file(storage, orc_bloom_filter_columns="N, t")
    exact, _ = orc_file(storage, orc_bloom_filter_columns="n,t", orc_bloom_filter_fpp="0.0001")
    assert len(none) < len(some) < len(exact)


def test_columns_of_orc_are_counted_with_what_is_nested_in_them() -> None:
    names = ("a", "b", "c", "d")
    settings = OrcSettings.of({"orc.bloom.filter.columns": "a,b,c,d"})
    types = (Array(BIGINT), Map(VARCHAR, Array(BIGINT)), Row((RowField("x", BIGINT), RowField("y", BIGINT))), BIGINT)
    schema = pa.schema([(name, arrow_type(type_)) for name, type_ in zip(names, types, strict=True)])
    # https://orc.apache.org/specification/ORCv1/: numbers are given before those of the children; 0 is the row.
    assert settings.bloom_ids(schema) == [1, 3, 7, 10]


@pytest.mark.parametrize(
    ("form", "name", "value"),
    [
        (parquet_format, "parquet.block.size", "0"),
        (parquet_format, "parquet.page.size", "1 MB"),
        (parquet_format, "parquet.enable.dictionary", "yes"),
        (parquet_format, "parquet.writer.version", "v3"),
        (orc_format, "orc.stripe.size", "-1"),
        (orc_format, "orc.bloom.filter.fpp", "2"),
        (orc_format, "orc.bloom.filter.columns", "n,other"),
        (orc_format, "orc.write.format", "2.0"),
    ],
)
def test_what_a_property_cannot_be(form: Any, name: str, value: str) -> None:
    with pytest.raises(OwlakeError, match=name) as caught:
        form(COLUMNS, {name: value})
    assert caught.value.code == "INVALID_TABLE_PROPERTY"
