"""Symlink manifests: files whose lines name the files that hold a table's rows.

https://docs.aws.amazon.com/athena/latest/ug/delta-lake-tables-getting-started.html and Hive's SymlinkTextInputFormat,
as other engines write them beside tables of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from owlake.errors import error
from owlake.lake.model import DataFile
from owlake.lake.storage import Storage

SYMLINK_INPUT_FORMAT = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
_PARALLEL_REQUESTS = 16
_SCHEMES = ("s3a://", "s3n://")


def named_files(storage: Storage, manifests: Sequence[DataFile]) -> tuple[DataFile, ...]:
    """The files that the manifests name, as often as they do. Errors: HIVE_BAD_DATA, HIVE_CANNOT_OPEN_SPLIT."""
    names = [name for manifest in manifests for name in _names(storage, manifest)]
    if storage.endpoint is None:
        return tuple(_file(storage, name) for name in names)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (only where a request takes milliseconds)

    with ThreadPoolExecutor(_PARALLEL_REQUESTS, "owlake-manifests") as threads:
        return tuple(threads.map(lambda name: _file(storage, name), names))


def _names(storage: Storage, manifest: DataFile) -> list[str]:
    try:
        lines = storage.read(manifest.uri).decode().splitlines()
    except UnicodeDecodeError as problem:
        raise error("HIVE_BAD_DATA", f"Error parsing symlinks from: {manifest.uri} ({problem})") from problem
    return [_normal(line.strip()) for line in lines if line.strip()]


def _normal(name: str) -> str:
    """Hadoop's other names for S3 mean S3."""
    scheme = next((scheme for scheme in _SCHEMES if name.startswith(scheme)), None)
    return name if scheme is None else f"s3://{name[len(scheme) :]}"


def _file(storage: Storage, name: str) -> DataFile:
    found = storage.file(name)
    if found is None:
        text = f"Error opening Hive split {name}: a symlink manifest names it, but there is no such file"
        raise error("HIVE_CANNOT_OPEN_SPLIT", text)
    return found
