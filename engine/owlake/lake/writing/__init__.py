"""Writing rows into the lake."""

from owlake.lake.writing.manifest import Manifest, WrittenFile, WrittenPartition
from owlake.lake.writing.writer import BeforeOpen, WriteTarget, write_table

__all__ = ["BeforeOpen", "Manifest", "WriteTarget", "WrittenFile", "WrittenPartition", "write_table"]
