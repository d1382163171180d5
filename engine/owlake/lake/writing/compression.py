"""Which codec a table's files are written with: what its properties say, and what each format has.

https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from owlake.errors import error

DEFAULT_LEVEL = 3
"""Of ZSTD: Athena's own."""

_NONE = ("NONE", "UNCOMPRESSED")
_OF_ANY_FORMAT = ("write.compression", "write_compression")


@dataclass(frozen=True, slots=True)
class Compression:
    """A codec by Athena's name, NONE for plain files; the level is ZSTD's alone."""

    codec: str
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Codecs:
    """What a format can be compressed with. The first codec is the default.

    ``properties`` are the table properties that name one, the one that CTAS sets first.
    """

    format: str
    names: Sequence[str]
    properties: Sequence[str]

    @property
    def default(self) -> str:
        """The codec of tables that name none."""
        return self.names[0]

    def check(self, name: str) -> str:
        """The codec of this name. Errors: INVALID_TABLE_PROPERTY."""
        codec = name.strip().upper()
        codec = "NONE" if codec in _NONE else codec
        if codec not in (*self.names, "NONE"):
            text = f"Compression {name.strip().upper()} is not supported for {self.format}: use one of "
            raise error("INVALID_TABLE_PROPERTY", f"{text}{', '.join(sorted((*self.names, 'NONE')))}")
        return codec

    def of(self, properties: Mapping[str, str]) -> Compression:
        """What a table's properties say. Errors: INVALID_TABLE_PROPERTY."""
        keys = (*self.properties, *_OF_ANY_FORMAT)
        codec = self.check(next((properties[key] for key in keys if properties.get(key)), self.default))
        if codec != "ZSTD":
            return Compression(codec)
        level = properties.get("compression_level", str(DEFAULT_LEVEL)).strip()
        if not level.isdigit() or not 1 <= int(level) <= 22:
            raise error("INVALID_TABLE_PROPERTY", f"compression_level must be from 1 to 22, not '{level}'")
        return Compression(codec, int(level))


PARQUET = Codecs(
    "PARQUET",
    ("GZIP", "LZ4", "SNAPPY", "ZSTD"),
    ("parquet.compression", "parquet.compress", "parquet_compression"),
)
ORC = Codecs("ORC", ("ZLIB", "LZ4", "SNAPPY", "ZSTD"), ("orc.compress", "orc.compression", "orc_compression"))
AVRO = Codecs("AVRO", ("DEFLATE", "BZIP2", "SNAPPY", "ZSTD"), ("write.compression", "avro.output.codec"))
TEXTFILE = Codecs("TEXTFILE", ("GZIP", "BZIP2", "LZ4", "SNAPPY", "ZSTD"), ("write.compression",))
JSON = Codecs("JSON", TEXTFILE.names, TEXTFILE.properties)

OF_FORMATS = {codecs.format: codecs for codecs in (PARQUET, ORC, AVRO, TEXTFILE, JSON)}
"""By the names that CTAS and UNLOAD give formats."""
