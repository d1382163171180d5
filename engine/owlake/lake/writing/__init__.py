"""Writing rows into the lake."""

from owlake.lake.writing.formats import file_format
from owlake.lake.writing.manifest import Manifest, WrittenFile, WrittenPartition
from owlake.lake.writing.writer import TARGET_FILE_SIZE, BeforeOpen, WriteTarget, write_table

__all__ = [
    "TARGET_FILE_SIZE",
    "BeforeOpen",
    "Manifest",
    "WriteTarget",
    "WrittenFile",
    "WrittenPartition",
    "file_format",
    "write_table",
]
