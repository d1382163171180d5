"""Which file it was: the engine below says what is wrong with a Parquet or Avro file, and not which one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.execution.missing_files import vanished
from owlake.lake.model import HIVE, DataFile, NativeScan
from owlake.lake.storage import Storage
from owlake.planning.plan import Plan
from owlake.planning.text import quoted

_NOTE = re.compile(r"\w+ type with (?:precision|bit width|unit) of [^\"]*? not supported")
"""How the reader ends at a damaged note of Arrow's own schema, which it keeps in the file's metadata."""
_PARQUET = re.compile(rf"Parquet (?:argument )?error|Invalid Parquet file|EOF: |thrift|{_NOTE.pattern}")
_AVRO = re.compile(r"Avro error|EOF: |Arrow error: (?:External|Parser|Invalid argument) error")
"""Damaged blocks are told in the words of whichever library unpacks them."""
_NO_TEXT = re.compile(r"[Nn]on UTF-8 data|invalid utf-8 sequence")
_ABSENT = re.compile(r"Object at location (?P<path>\S+) not found")
_PREFIX = re.compile(
    r"^(?:DataFusion error: |Arrow error: |Parquet argument error: |Parquet error: |Avro error: |External: )+"
)


def bad_file(problem: BaseException, plan: Plan, storage: Storage) -> OwlakeError | None:
    """The error that names the file, if this is one of a Parquet file's content, or of one that went away.

    Every file is read again, up to the one that fails: slow, but nothing else waits for it.
    """
    text = str(problem)
    absent = _ABSENT.search(text)
    if absent:
        there = ((file, scan) for file, scan in _files(plan) if file.uri.endswith(f"/{absent['path']}"))
        return next((vanished(file, scan) for file, scan in there), None)
    is_text = _NO_TEXT.search(text) is not None
    kind = _kind(text, plan, is_text=is_text)
    if kind is None:
        return None
    note = _NOTE.search(text)
    reason = "bytes that are not UTF-8 in a column of text" if is_text else _PREFIX.sub("", text).splitlines()[0]
    reason = note[0] if note else reason
    files = list(_files(plan, kind))
    title, is_readable = kind.title(), _READERS[kind]
    found = next(((file, scan) for file, scan in files if not is_readable(storage, file, scan)), None)
    if found is None and len(files) == 1:
        found = files[0]
    if found is None:
        owner = files[0][1].owner if files else HIVE
        return error(owner.bad_data, f"Not valid {title} file: {reason}", hint=f"One of the {len(files)} files read.")
    culprit, scan = found
    return error(scan.owner.bad_data, f"Not valid {title} file: {culprit.uri} ({reason})")


def _kind(text: str, plan: Plan, *, is_text: bool) -> str | None:
    """Which format's files the error is about: of those that the plan reads."""
    patterns = {"parquet": _PARQUET, "avro": _AVRO}
    found = (
        kind for kind, pattern in patterns.items() if (is_text or pattern.search(text)) and any(_files(plan, kind))
    )
    return next(found, "parquet" if is_text else None)


def _files(plan: Plan, kind: str | None = None) -> Iterator[tuple[DataFile, NativeScan]]:
    for scan in plan.scans.values():
        if isinstance(scan, NativeScan) and kind in (None, scan.format):
            yield from ((file, scan) for file in scan.files)


def _is_readable_parquet(storage: Storage, file: DataFile, scan: NativeScan) -> bool:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (only to tell what is wrong)

    texts = [field.name for field in scan.schema if _is_text(field, scan)]
    try:
        with storage.open_input(file.uri) as stream:
            for batch in ParquetFile(stream).iter_batches(columns=scan.schema.names):
                batch.validate(full=True)
                for name in texts:
                    if name in batch.schema.names:
                        batch.column(name).cast(pa.string())
    except (OwlakeError, pa.ArrowException, OSError):
        return False
    return True


def _is_text(field: pa.Field, scan: NativeScan) -> bool:
    """Whether the file's column becomes text: of bytes, one that is not taken as it stands."""
    if pa.types.is_binary(field.type):
        return quoted(field.name) not in scan.columns.values()
    return bool(pa.types.is_string(field.type))


def _is_readable_avro(storage: Storage, file: DataFile, scan: NativeScan) -> bool:
    """Files on a server are not read again: which of several it was is not told there."""
    from datafusion import SessionContext  # noqa: PLC0415  (only to tell what is wrong)

    path = storage.local_path(file.uri)
    try:
        if path is not None:
            for _ in SessionContext().read_avro(path, schema=scan.schema, file_extension="").execute_stream():
                pass
    except Exception:  # noqa: BLE001  (what DataFusion raises has no class of its own)
        return False
    return True


_READERS = {"parquet": _is_readable_parquet, "avro": _is_readable_avro}
