"""Files in the lake: ``s3://bucket/key`` on local disk or on an S3 endpoint, ``file:///path`` on disk.

Without an endpoint a bucket is the folder of its name under the home's ``buckets/``. Symbolic links in there are
followed: they are how the owner lays data elsewhere. All methods may be called from any thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.lake import uris
from owlake.lake.model import DataFile

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

_OPEN_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class S3Endpoint:
    """An S3-compatible server. ``endpoint_url`` None means AWS itself; keys None mean AWS's usual places for them."""

    endpoint_url: str | None = None
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = None
    path_style: bool = True


class Storage:
    """The lake's files, wherever the buckets are; ``file:///`` is ``root``."""

    def __init__(self, buckets: Path, endpoint: S3Endpoint | None = None, *, root: Path = Path("/")) -> None:
        self._buckets = buckets
        self._disk = root
        self._endpoint = endpoint
        self._s3: FileSystem | None = None

    @property
    def endpoint(self) -> S3Endpoint | None:
        """The S3 server that ``s3://`` means; None: the folders under ``buckets``."""
        return self._endpoint

    def local_path(self, uri: str) -> Path | None:
        """Where on this machine's disk the location is; None where it is on a server."""
        location = uris.parse(uri)
        if location.bucket is None:
            return self._disk / location.key
        if self._endpoint is not None:
            return None
        return self._buckets / location.bucket / location.key

    def list_files(self, uri: str) -> list[DataFile]:
        """Every file below the folder, however deep, hidden ones too, in no order; none if it does not exist."""
        path = self.local_path(uri)
        if path is None:
            return [_data_file(found) for found in self._select(uri, recursive=True) if found.is_file]
        return list(_walk(os.fspath(path), uris.parse(uri).folder_uri))

    def list_folders(self, uri: str) -> list[str]:
        """The folders directly below the folder, as locations that end with a slash, sorted."""
        path = self.local_path(uri)
        if path is None:
            found = (entry for entry in self._select(uri, recursive=False) if not entry.is_file)
            return sorted(f"s3://{entry.path.rstrip('/')}/" for entry in found)
        base = uris.parse(uri).folder_uri
        try:
            with os.scandir(path) as entries:
                return sorted(f"{base}{entry.name}/" for entry in entries if entry.is_dir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as problem:
            raise self._failed("list", uri, problem) from problem

    def has_files(self, uri: str) -> bool:
        """Whether anything lies below the folder."""
        path = self.local_path(uri)
        if path is None:
            return any(found.is_file for found in self._select(uri, recursive=True))
        return next(_walk(os.fspath(path), uris.parse(uri).folder_uri), None) is not None

    def file(self, uri: str) -> DataFile | None:
        """The file of this name with its size and time; None if there is none."""
        path = self.local_path(uri)
        if path is None:
            found = self._look_at(uri)
            return _data_file(found) if found.is_file else None
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as problem:
            raise self._failed("look at", uri, problem) from problem
        return None if path.is_dir() else DataFile(str(uris.parse(uri)), status.st_size, status.st_mtime_ns)

    def open_input(self, uri: str) -> pa.NativeFile:
        """The file to read from, at any position. Errors: HIVE_CANNOT_OPEN_SPLIT."""
        path = self.local_path(uri)
        try:
            return pa.OSFile(os.fspath(path)) if path else self._file_system().open_input_file(_object(uri))
        except OSError as problem:
            text = f"Error opening Hive split {uri}: {_reason(problem)}"
            raise error("HIVE_CANNOT_OPEN_SPLIT", text, hint=self._server()) from problem

    def open_output(self, uri: str) -> pa.NativeFile:
        """A new file to write to, its folders made; one that exists is replaced. Errors: HIVE_WRITER_OPEN_ERROR."""
        path = self.local_path(uri)
        try:
            if path is None:
                return self._file_system().open_output_stream(_object(uri), compression=None)
            return _create(path, self._root(uri))
        except OSError as problem:
            text = f"Error creating file {uri}: {_reason(problem)}"
            raise error("HIVE_WRITER_OPEN_ERROR", text, hint=self._server()) from problem

    def read(self, uri: str) -> bytes:
        """The whole content of a small file."""
        with self.open_input(uri) as stream:
            return bytes(stream.read())

    def write(self, uri: str, content: bytes) -> None:
        """A small file in one go."""
        with self.open_output(uri) as stream:
            stream.write(content)

    def delete_files(self, locations: Iterable[str]) -> None:
        """Delete files; those that are gone already are no error. Folders left empty on disk go too."""
        for uri in locations:
            path = self.local_path(uri)
            if path is None:
                self._delete_object(uri)
                continue
            try:
                path.unlink(missing_ok=True)
            except NotADirectoryError:
                continue
            except OSError as problem:
                raise self._failed("delete", uri, problem) from problem
            _remove_empty_folders(path.parent, self._root(uri))

    def create_bucket(self, name: str) -> None:
        """Make a bucket; one that exists is left as it is."""
        if not uris.is_bucket_name(name):
            raise error("HIVE_FILESYSTEM_ERROR", f"'{name}' is not a bucket name")
        if self._endpoint is None:
            (self._buckets / name).mkdir(parents=True, exist_ok=True)
            return
        try:
            self._file_system().create_dir(name)
        except OSError as problem:
            raise self._failed("create", f"s3://{name}", problem) from problem

    def bucket_exists(self, name: str) -> bool:
        """Whether there is a bucket of this name."""
        if self._endpoint is None:
            return uris.is_bucket_name(name) and (self._buckets / name).is_dir()
        return bool(self._look_at(f"s3://{name}/").type.value)

    def list_buckets(self) -> list[str]:
        """The names of all buckets, sorted."""
        if self._endpoint is None:
            if not self._buckets.is_dir():
                return []
            return sorted(entry.name for entry in self._buckets.iterdir() if self.bucket_exists(entry.name))
        from pyarrow.fs import FileSelector  # noqa: PLC0415  (40 ms that only S3 endpoints pay)

        try:
            return sorted(entry.path for entry in self._file_system().get_file_info(FileSelector("")))
        except OSError as problem:
            raise self._failed("list", "s3://", problem) from problem

    def _failed(self, what: str, uri: str, problem: OSError) -> OwlakeError:
        return _failed(what, uri, problem, self._server())

    def _server(self) -> str | None:
        """Which server was asked, for the hint of an error."""
        if self._endpoint is None:
            return None
        url = self._endpoint.endpoint_url
        return f"The S3 endpoint is {url} (config.toml, OWLAKE_S3_ENDPOINT)." if url else None

    def _root(self, uri: str) -> Path:
        """The folder that is never removed, whatever becomes empty below it."""
        bucket = uris.parse(uri).bucket
        return self._disk if bucket is None else self._buckets / bucket

    def _look_at(self, uri: str) -> FileInfo:
        try:
            return self._file_system().get_file_info(_object(uri))
        except OSError as problem:
            raise self._failed("look at", uri, problem) from problem

    def _select(self, uri: str, *, recursive: bool) -> list[FileInfo]:
        from pyarrow.fs import FileSelector  # noqa: PLC0415  (as above)

        selector = FileSelector(_object(uri), recursive=recursive, allow_not_found=True)
        try:
            return list(self._file_system().get_file_info(selector))
        except OSError as problem:
            raise self._failed("list", uri, problem) from problem

    def _delete_object(self, uri: str) -> None:
        try:
            self._file_system().delete_file(_object(uri))
        except FileNotFoundError:
            pass
        except OSError as problem:
            raise self._failed("delete", uri, problem) from problem

    def _file_system(self) -> FileSystem:
        if self._s3 is None:
            from pyarrow.fs import S3FileSystem  # noqa: PLC0415  (as above)

            endpoint = self._endpoint or S3Endpoint()
            scheme, _, server = (endpoint.endpoint_url or "https://").rpartition("://")
            self._s3 = S3FileSystem(
                access_key=endpoint.access_key,
                secret_key=endpoint.secret_key,
                region=endpoint.region,
                scheme=scheme or "https",
                endpoint_override=server.rstrip("/") or None,
                force_virtual_addressing=not endpoint.path_style,
                allow_bucket_creation=True,
                check_directory_existence_before_creation=True,
            )
        return self._s3


def _object(uri: str) -> str:
    location = uris.parse(uri)
    return f"{location.bucket}/{location.key}".rstrip("/")


def _data_file(found: FileInfo) -> DataFile:
    return DataFile(f"s3://{found.path}", found.size or 0, found.mtime_ns or 0)


def _walk(folder: str, base: str, ancestors: tuple[str, ...] = ()) -> Iterator[DataFile]:
    """Files below a folder. ``ancestors``: the real paths that symbolic links led through, so that a loop ends."""
    try:
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as problem:
        raise _failed("list", base, problem) from problem
    with entries:
        for entry in entries:
            if not _is_text(entry.name):
                continue
            if entry.is_dir():
                inside = ancestors
                if entry.is_symlink():
                    real = os.path.realpath(entry.path)
                    if real in ancestors or os.path.realpath(folder).startswith(real):
                        continue
                    inside = (*ancestors, real)
                yield from _walk(entry.path, f"{base}{entry.name}/", inside)
                continue
            try:
                status = entry.stat()
            except FileNotFoundError:  # deleted since, or a link to nothing
                continue
            yield DataFile(f"{base}{entry.name}", status.st_size, status.st_mtime_ns)


def _is_text(name: str) -> bool:
    """File names that are not UTF-8 cannot be keys; Python shows their bytes as lone surrogates."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def _create(path: Path, root: Path) -> pa.NativeFile:
    """A folder may be removed as empty between making it and making the file in it: then again."""
    if not root.is_dir():
        raise FileNotFoundError(f"The bucket {root.name} does not exist")
    for attempt in range(_OPEN_ATTEMPTS):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return pa.OSFile(os.fspath(path), mode="wb")
        except (FileNotFoundError, FileExistsError):
            if attempt == _OPEN_ATTEMPTS - 1:
                raise
    raise AssertionError


def _remove_empty_folders(folder: Path, root: Path) -> None:
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except OSError:  # not empty, or not ours
            return
        folder = folder.parent


def _failed(what: str, uri: str, problem: OSError, hint: str | None = None) -> OwlakeError:
    return error("HIVE_FILESYSTEM_ERROR", f"Failed to {what} {uri}: {_reason(problem)}", hint=hint)


def _reason(problem: OSError) -> str:
    return problem.strerror or str(problem)
