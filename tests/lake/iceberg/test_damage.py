"""Metadata, manifests and files that are gone, cut short or of no known kind: errors that say so, in Trino's codes."""

from __future__ import annotations

import json
import random

import pyarrow as pa
import pytest

from owlake.errors import OwlakeError
from tests.lake.iceberg.handmade import HandMade, data_file, position_deletes

ROWS = pa.table({"n": pa.array(range(100), pa.int64()), "s": [str(number) for number in range(100)]})
IDS = (1, 2)
CODES = {"ICEBERG_BAD_DATA", "ICEBERG_INVALID_METADATA", "ICEBERG_MISSING_METADATA", "ICEBERG_CANNOT_OPEN_SPLIT"}


@pytest.fixture
def made(iceberg):
    """A table of two data files and a delete."""
    made = HandMade(iceberg.create(ROWS.schema))
    one = data_file(made, ROWS, IDS)
    made.commit([one, data_file(made, ROWS, IDS)])
    made.commit([position_deletes(made, [(one.uri, 1)])])
    made.register(iceberg)
    return made


def problem_of(iceberg, sql: str = "SELECT count(s), sum(n) FROM t") -> OwlakeError:
    with pytest.raises(OwlakeError) as caught:
        iceberg.rows(sql)
    return caught.value


def test_metadata_that_is_gone(iceberg, made):
    made.metadata_path.unlink()
    assert str(problem_of(iceberg)) == (
        "ICEBERG_MISSING_METADATA: Metadata not found in metadata location for table default.t"
    )


@pytest.mark.parametrize("pattern", ["metadata/snap-*.avro", "metadata/*-0.avro", "metadata/*-1.avro"])
def test_manifests_that_are_gone(iceberg, made, pattern):
    for path in made.folder.glob(pattern):
        path.unlink()
    problem = problem_of(iceberg)
    assert problem.code == "ICEBERG_MISSING_METADATA"
    assert ".avro" in problem.hint


def test_files_that_are_gone(iceberg, made):
    (deletes,) = made.folder.glob("data/*-positions.parquet")
    deletes.unlink()
    problem = problem_of(iceberg)
    assert (problem.code, str(deletes) in problem.message) == ("ICEBERG_CANNOT_OPEN_SPLIT", True)
    rows = sorted(made.folder.glob("data/*-data.parquet"))
    rows[0].unlink()
    assert problem_of(iceberg).code == "ICEBERG_CANNOT_OPEN_SPLIT"


@pytest.mark.parametrize("version", [0, 4, 99, "2", None])
def test_a_version_of_the_format_that_there_is_not(iceberg, made, version):
    made.metadata_path.write_text(json.dumps({**made.metadata, "format-version": version}))
    assert problem_of(iceberg).code == "ICEBERG_INVALID_METADATA"


@pytest.mark.parametrize(
    "change",
    [
        lambda metadata: metadata.pop("schemas"),
        lambda metadata: metadata.pop("location"),
        lambda metadata: metadata.update({"current-schema-id": 77}),
        lambda metadata: metadata.update({"partition-specs": []}),
        lambda metadata: metadata["schemas"][0].update({"fields": "none"}),
        lambda metadata: metadata["schemas"][0]["fields"][0].update({"type": "quaternion"}),
        lambda metadata: metadata["snapshots"][-1].pop("manifest-list"),
        lambda metadata: metadata["snapshots"][-1].update({"manifest-list": "nonsense://x"}),
    ],
)
def test_metadata_that_makes_no_sense(iceberg, made, change):
    change(made.metadata)
    made.metadata_path.write_text(json.dumps(made.metadata))
    assert problem_of(iceberg).code in {"ICEBERG_INVALID_METADATA", "ICEBERG_MISSING_METADATA"}


def test_columns_that_differ_by_case_only(iceberg, made):
    made.metadata["schemas"][0]["fields"][1]["name"] = "N"
    made.metadata_path.write_text(json.dumps(made.metadata))
    assert problem_of(iceberg).code == "ICEBERG_INVALID_METADATA"


@pytest.mark.parametrize("kind", ["metadata.json", "snap", "manifest", "data", "positions"])
def test_files_that_are_cut_or_overwritten(iceberg, made, kind):
    """A wrong byte may go unnoticed where nothing depends on it; a wrong answer may not come of a cut file."""
    chance = random.Random(kind)
    path = {
        "metadata.json": made.metadata_path,
        "snap": max(made.folder.glob("metadata/snap-*.avro"), key=lambda one: one.stat().st_mtime_ns),
        "manifest": next(made.folder.glob("metadata/*-0.avro")),
        "data": next(made.folder.glob("data/*-data.parquet")),
        "positions": next(made.folder.glob("data/*-positions.parquet")),
    }[kind]
    content = path.read_bytes()
    for _ in range(12):
        cut = chance.randrange(len(content))
        path.write_bytes(content[:cut])
        assert problem_of(iceberg).code in CODES
    for _ in range(12):
        wrong = bytearray(content)
        for _ in range(chance.randrange(1, 20)):
            wrong[chance.randrange(len(wrong))] = chance.randrange(256)
        path.write_bytes(bytes(wrong))
        try:
            iceberg.rows("SELECT count(s), sum(n) FROM t")
        except OwlakeError as problem:
            assert problem.code in CODES | {"NOT_SUPPORTED", "NUMERIC_VALUE_OUT_OF_RANGE"}  # noqa: PT017  (both are right)
