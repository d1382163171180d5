"""What a crawler's target has: its files, without those that are excluded, hidden, empty or not yet to be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from owlake.spi import DataFile, Home, error, is_hidden, uris
from owlake_connectors.glue.crawlers.exclusions import exclusion_filter
from owlake_connectors.glue.crawlers.open_tables import open_folders

_FOLDER_MARKER = "_$folder$"


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a target by folder, each in the order of its name.

    Attributes:
        empty: Files that are left out: they say nothing.
        opened: Folders that are left out: they are tables that describe themselves.
    """

    root: str
    folders: dict[str, list[DataFile]]
    empty: tuple[str, ...]
    files: int
    opened: tuple[str, ...] = ()


def list_target(home: Home, path: str, exclusions: Sequence[str]) -> Listing:
    """The files below a path, or the one file that it names.

    Errors: InvalidInputException for an exclusion that is none; HIVE_FILESYSTEM_ERROR for what is no place in the
    lake; EntityNotFoundException where nothing is there.
    """
    excluded = exclusion_filter(exclusions)
    location = uris.parse(path)
    if location.bucket is not None and not home.storage.bucket_exists(location.bucket):
        raise error("EntityNotFoundException", f"The bucket {location.bucket} of the target {path} does not exist")
    found = home.storage.list_files(path)
    if not found and location.key and (one := home.storage.file(path)) is not None:
        return Listing(path, {path: [one]}, (), 1)
    with home.metastore.snapshot() as snapshot:
        is_visible = snapshot.is_visible
    return _by_folder(location.folder_uri, found, excluded, is_visible)


def _by_folder(
    root: str, files: Sequence[DataFile], excluded: Callable[[str], bool], is_visible: Callable[[str], bool]
) -> Listing:
    folders: dict[str, list[DataFile]] = {}
    empty: list[str] = []
    count = 0
    start = len(root)
    for file in files:
        path = file.uri[start:]
        if is_hidden(path) or excluded(path) or not is_visible(file.uri):
            continue
        if file.size == 0:
            if not file.uri.endswith(_FOLDER_MARKER):
                empty.append(file.uri)
            continue
        folder = file.uri[: file.uri.rfind("/") + 1]
        known = folders.get(folder)
        if known is None:
            folders[folder] = [file]
        else:
            known.append(file)
        count += 1
    opened = open_folders(one.uri for one in files if "/_delta_log/" in one.uri or ".metadata.json" in one.uri)
    for folder in [one for one in folders if any(map(one.startswith, opened))]:
        count -= len(folders.pop(folder))
    for found in folders.values():
        found.sort(key=lambda one: one.uri)
    return Listing(root, folders, tuple(sorted(empty)), count, tuple(sorted(opened)))
