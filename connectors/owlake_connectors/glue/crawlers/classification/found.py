"""What classifiers say of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from owlake.spi import file_formats
from owlake_connectors.glue.crawlers.classification.sample import Sample
from owlake_connectors.glue.crawlers.inference.types import Field

Pairs = tuple[tuple[str, str], ...]
"""Parameters, in order."""

QUOTED = "quoted"
"""CSV with quotes round values: OpenCSVSerde."""
DOCUMENTS = "documents"
"""JSON that is not a document a line."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How files are stored. Files are parts of one table only where it is the same.

    Attributes:
        format: A name after STORED AS; None: nothing reads such files by SQL.
        serde: Another SerDe than the format's own.
        is_positional: Columns are found by their place, not by their name.
        has_schema: Files carry their own columns: partitions keep theirs beside the table's.
    """

    classification: str
    format: str | None = "TEXTFILE"
    serde: str | None = None
    serde_parameters: Pairs = ()
    parameters: Pairs = ()
    is_positional: bool = False
    has_schema: bool = False

    @property
    def classes(self) -> file_formats.FileFormatClasses:
        """Input format, output format and SerDe."""
        if self.format is None:
            return file_formats.FileFormatClasses("", "", "")
        classes = file_formats.FILE_FORMATS[self.format]
        return classes if self.serde is None else classes._replace(serde=self.serde)


@dataclass(frozen=True, slots=True)
class Classified:
    """A file as a classifier reads it.

    Attributes:
        records: How many records it has; about, where not all of it was read.
        flags: QUOTED, DOCUMENTS: what a table needs if one of its files does.
        mappings: Names that stand for other keys in the files.
        schema: Avro's own schema.
        notes: What a person should know of the file.
        certainty: 1.0, except where a custom classifier is less sure.
    """

    layout: Layout
    columns: tuple[Field, ...]
    records: int
    flags: frozenset[str] = frozenset()
    mappings: Pairs = ()
    schema: str | None = None
    notes: tuple[str, ...] = field(default=())
    certainty: float = 1.0


Classify = Callable[[Sample], Classified | None]
"""A classifier: None for a file that is not its own. Errors: UnreadableFileError, for one that is and is broken."""


def estimated_records(sample: Sample, records: int, used: int) -> int:
    """How many records the file has, if ``used`` bytes have this many; never none where there are some."""
    if not records or not used:
        return records
    return max(records, round(sample.full_size * records / used))
