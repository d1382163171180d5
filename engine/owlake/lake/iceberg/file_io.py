"""The lake's files as pyiceberg reads them: metadata, manifest lists, manifests."""

from __future__ import annotations

import io

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile

from owlake.errors import OwlakeError, error
from owlake.lake.open_tables.locations import normal
from owlake.lake.storage import Storage


class LakeFileIO(FileIO):  # type: ignore[misc]  # (its library is not followed)
    """Reads through the home's storage: its buckets, its S3 server, this machine's disk. ``table``: for errors."""

    def __init__(self, storage: Storage, table: str) -> None:
        super().__init__()
        self._storage = storage
        self._table = table

    @property
    def place(self) -> str:
        """Which storage it reads: the same location means another file in another home."""
        endpoint = self._storage.endpoint
        return str(self._storage.local_path("s3://bucket/")) if endpoint is None else str(endpoint.endpoint_url)

    def new_input(self, location: str) -> InputFile:
        """The file. Nothing is read yet."""
        return _LakeInput(location, self._storage, self._table)

    def new_output(self, location: str) -> OutputFile:
        """Nothing is written through it."""
        raise error("NOT_SUPPORTED", f"Writing Iceberg metadata is not supported yet: {location}")

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Nothing is deleted through it."""
        raise error("NOT_SUPPORTED", f"Deleting Iceberg metadata is not supported yet: {location}")


class _LakeInput(InputFile):  # type: ignore[misc]  # (as above)
    def __init__(self, location: str, storage: Storage, table: str) -> None:
        super().__init__(location)
        self._storage = storage
        self._table = table

    def __len__(self) -> int:
        return len(self._content())

    def exists(self) -> bool:
        return self._storage.file(normal(self.location)) is not None

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002  (pyiceberg's signature)
        return io.BytesIO(self._content())

    def _content(self) -> bytes:
        """Errors: ICEBERG_MISSING_METADATA."""
        try:
            return self._storage.read(normal(self.location))
        except OwlakeError as problem:
            text = f"Metadata not found in metadata location for table {self._table}"
            raise error("ICEBERG_MISSING_METADATA", text, hint=f"{self.location}: {problem.message}") from problem
