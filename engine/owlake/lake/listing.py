"""Which files hold rows: Athena's rules over what a folder holds.

https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html: everything below a location, however deep,
except what begins with ``_`` or ``.`` (a file, or a folder with all that is in it). Hadoop's zero-byte
``_$folder$`` markers are no files. A location that does not exist is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from owlake.catalog.partition_values import contains
from owlake.lake import uris
from owlake.lake.model import DataFile, Domain, Range
from owlake.lake.storage import Storage

_FOLDER_MARKER = "_$folder$"
_HIGHEST = "\U0010ffff"
_PARALLEL_REQUESTS = 16
_MAX_LOOK_UPS = 100


def list_data_files(
    storage: Storage,
    locations: Sequence[str],
    is_visible: Callable[[str, tuple[int, int]], bool],
    paths: Domain | None = None,
) -> list[tuple[DataFile, ...]]:
    """The files of each location, sorted by URI.

    ``is_visible`` is the snapshot's: it is asked with size and time of modification. ``paths`` is what the statement
    lets ``"$path"`` be: locations that it rules out are not listed at all.
    """

    def files_of(location: str) -> tuple[DataFile, ...]:
        folder = uris.parse(location).folder_uri
        if paths is not None and not _can_hold(folder, paths) and not contains(paths, location):
            return ()
        found = _look_up(storage, folder, paths) or storage.list_files(location) or _file_itself(storage, location)
        return tuple(
            sorted(
                (
                    file
                    for file in found
                    if _holds_rows(file, len(folder))
                    and is_visible(file.uri, (file.size, file.modified))
                    and (paths is None or contains(paths, file.uri))
                ),
                key=lambda file: file.uri,
            )
        )

    if storage.endpoint is None or len(locations) == 1:
        return [files_of(location) for location in locations]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (only where a request takes milliseconds)

    with ThreadPoolExecutor(_PARALLEL_REQUESTS, "owlake-listing") as threads:
        return list(threads.map(files_of, locations))


def is_hidden(path: str) -> bool:
    """Whether any segment of a path below a location hides what it names."""
    return path[:1] in ("_", ".") or "/_" in path or "/." in path


def _holds_rows(file: DataFile, folder_length: int) -> bool:
    if file.size == 0 and file.uri.endswith(_FOLDER_MARKER):
        return False
    return not is_hidden(file.uri[folder_length:])


def _file_itself(storage: Storage, location: str) -> list[DataFile]:
    """A location may name one file, as crawlers have it for files of several kinds in a folder; Athena reads none."""
    file = None if location.endswith("/") else storage.file(location)
    return [] if file is None else [file]


def _look_up(storage: Storage, folder: str, paths: Domain | None) -> list[DataFile]:
    """The files of a few paths known by name; empty where listing is the better way."""
    if paths is None or paths.values is None:
        return []
    inside = [path for path in paths.values if isinstance(path, str) and path.startswith(folder)]
    if len(inside) > _MAX_LOOK_UPS or any(path.endswith("/") or "//" in path[len(folder) :] for path in inside):
        return []
    return [file for path in inside if (file := storage.file(path))]


def _can_hold(folder: str, paths: Domain) -> bool:
    """Whether any path that the domain allows begins with the folder."""
    if paths.values is not None:
        return any(isinstance(path, str) and path.startswith(folder) for path in paths.values)
    return any(_reaches(range_, folder) for range_ in paths.ranges or ())


def _reaches(range_: Range, folder: str) -> bool:
    is_below_low = range_.low is not None and folder + _HIGHEST < str(range_.low)
    is_above_high = range_.high is not None and folder > str(range_.high)
    return not is_below_low and not is_above_high
