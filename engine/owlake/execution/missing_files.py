"""Files that went away between their listing and the engine's look at them: it would leave them out in silence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from owlake.errors import OwlakeError, error
from owlake.lake.model import DataFile, NativeScan
from owlake.lake.storage import Storage
from owlake.planning.plan import Plan

if TYPE_CHECKING:
    from datafusion import ExecutionPlan


def check_present(plan: Plan, planned: Callable[[], ExecutionPlan], storage: Storage) -> None:
    """Whether the files are all still there, once the engine has planned its reading of them.

    Errors: HIVE_CANNOT_OPEN_SPLIT.
    """
    scans = [scan for scan in plan.scans.values() if isinstance(scan, NativeScan)]
    roots: dict[str, str | None] = {}
    left: list[tuple[DataFile, NativeScan]] = []
    for scan in scans:
        for file in scan.files:
            bucket, _, key = file.uri.partition("://")[2].partition("/")
            if bucket not in roots:
                folder = storage.local_path(file.uri.removesuffix(key))
                roots[bucket] = None if folder is None else os.fspath(folder)
            root = roots[bucket]
            if root is None:
                left.append((file, scan))
            elif not os.path.exists(f"{root}/{key}"):  # noqa: PTH110  (ten thousand of these are nothing)
                raise vanished(file, scan)
    if left:
        _check_on_server(left, planned(), storage)


def _check_on_server(files: list[tuple[DataFile, NativeScan]], planned: ExecutionPlan, storage: Storage) -> None:
    """A server is only asked for what the engine's plan does not name, or where the plan cannot be written down."""
    names = _written(planned)
    if names is None:
        folders = {file.uri.rpartition("/")[0] + "/" for file, _ in files}
        present = {file.uri for folder in folders for file in storage.list_files(folder)}
        missing = [one for one in files if one[0].uri not in present]
    else:
        unnamed = [one for one in files if one[0].uri.partition("://")[2].partition("/")[2].encode() not in names]
        missing = [one for one in unnamed if storage.file(one[0].uri) is None]
    for file, scan in missing:
        raise vanished(file, scan)


def _written(planned: ExecutionPlan) -> bytes | None:
    """The scans of the plan as bytes; None where one computes by a kernel of ours, which bytes cannot hold."""
    try:
        return b"\n".join(leaf.to_bytes() for leaf in _leaves(planned))
    except Exception:  # noqa: BLE001  (what pickling raises is of any kind)
        return None


def _leaves(plan: ExecutionPlan) -> Iterator[ExecutionPlan]:
    below = plan.children()
    if not below and "DataSourceExec" in plan.display():
        yield plan
    for one in below:
        yield from _leaves(one)


def vanished(file: DataFile, scan: NativeScan) -> OwlakeError:
    """What Athena says of a file that is not there when it is opened."""
    split = f"{scan.owner.name} split {file.uri} (offset=0, length={file.size})"
    return error(scan.owner.cannot_open, f"Error opening {split}: File does not exist: {file.uri}")
