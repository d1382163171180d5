"""What is in a folder: its files classified, and those that are alike taken together."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from owlake.spi import DataFile, Home, OwlakeError
from owlake_connectors.glue.crawlers.classification.found import Classified, Classify, Layout, Pairs
from owlake_connectors.glue.crawlers.classification.pipeline import classify
from owlake_connectors.glue.crawlers.classification.sample import Sample, UnreadableFileError, read_sample
from owlake_connectors.glue.crawlers.inference.merging import merged_fields
from owlake_connectors.glue.crawlers.inference.types import Field, type_text
from owlake_connectors.glue.crawlers.model import Problem


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a column has a type: the first file that showed it, and how many did."""

    file: str
    files: int


Reasons = Mapping[str, Mapping[str, Evidence]]
"""Of each column the types that it was seen to have."""


@dataclass(frozen=True, slots=True)
class Found:
    """Files that are stored alike: what a table, or a partition, is made of."""

    layout: Layout
    compression: str
    columns: tuple[Field, ...]
    files: int
    size: int
    records: int
    flags: frozenset[str]
    mappings: Pairs
    schema: str | None
    reasons: Reasons

    @property
    def is_compressed(self) -> bool:
        """Whether the files themselves are; what is compressed inside them does not count."""
        return self.compression != "none"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder's files. ``members``: one for all of them where they are alike (its path is the folder), else each.

    Attributes:
        digest: Changes whenever a file does.
        notes: What a person should know of files.
        reason: Why the files are not taken together.
    """

    path: str
    digest: str
    members: tuple[tuple[str, Found], ...]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    reason: str | None = None


Unite = Callable[[Sequence[Found]], str | None]
"""Why files cannot be taken together; None where they can."""


def digest_of(files: Iterable[DataFile], sample_size: int | None) -> str:
    """What changes whenever a file of a folder does."""
    found = hashlib.blake2b(str(sample_size).encode(), digest_size=16)
    for one in files:
        found.update(f"{one.uri}\0{one.size}\0{one.modified}\n".encode())
    return found.hexdigest()


def read_folder(
    home: Home,
    path: str,
    files: Sequence[DataFile],
    *,
    digest: str,
    sample_size: int | None,
    classifiers: Sequence[Classify],
    unite: Unite,
) -> Folder:
    """Classify a folder's files, or a random few of them; the same few each time."""
    found: list[tuple[DataFile, Found]] = []
    problems: list[Problem] = []
    notes: list[Problem] = []
    for file in _sampled(path, files, sample_size):
        try:
            sample = read_sample(file, home)
            classified = classify(sample, classifiers)
        except (UnreadableFileError, OwlakeError) as problem:
            problems.append(Problem(file.uri, str(problem)))
            continue
        except Exception as problem:  # noqa: BLE001  (one file is no reason to stop, whatever is in it)
            problems.append(Problem(file.uri, f"{type(problem).__name__}: {problem}"))
            continue
        if classified is None:
            problems.append(Problem(file.uri, "UNKNOWN: no classifier recognizes the file"))
            continue
        notes.extend(Problem(file.uri, note) for note in _notes(sample, classified))
        found.append((file, _of_file(file, sample.compression, classified)))
    members, reason = _members(path, files, found, unite)
    return Folder(path, digest, members, tuple(problems), tuple(notes), reason)


def _notes(sample: Sample, classified: Classified) -> Iterator[str]:
    yield from classified.notes
    is_text = not (classified.layout.has_schema or sample.has_binary)
    if is_text and not sample.is_unicode:
        yield "The file is no UTF-8: characters are lost, unless the SerDe is told its serialization.encoding"


def merged_found(all_found: Sequence[Found]) -> Found:
    """Files that can be taken together, as one."""
    first = all_found[0]
    if len(all_found) == 1:
        return first
    schemas = {one.schema for one in all_found}
    return replace(
        first,
        columns=merged_fields(dict.fromkeys(one.columns for one in all_found)),
        files=sum(one.files for one in all_found),
        size=sum(one.size for one in all_found),
        records=sum(one.records for one in all_found),
        flags=frozenset().union(*(one.flags for one in all_found)),
        mappings=tuple(sorted({pair for one in all_found for pair in one.mappings})),
        schema=first.schema if len(schemas) == 1 else None,
        reasons=merged_reasons(one.reasons for one in all_found),
    )


def merged_reasons(all_reasons: Iterable[Reasons]) -> Reasons:
    """The evidence of all, the earliest first."""
    found: dict[str, dict[str, Evidence]] = {}
    for reasons in all_reasons:
        for column, types in reasons.items():
            known = found.setdefault(column, {})
            for text, evidence in types.items():
                before = known.get(text)
                known[text] = evidence if before is None else Evidence(before.file, before.files + evidence.files)
    return found


def _sampled(path: str, files: Sequence[DataFile], sample_size: int | None) -> Sequence[DataFile]:
    if sample_size is None or len(files) <= sample_size:
        return files
    chosen = random.Random(path).sample(range(len(files)), sample_size)  # noqa: S311  (no secret)
    return [files[place] for place in sorted(chosen)]


def _of_file(file: DataFile, compression: str, found: Classified) -> Found:
    return Found(
        found.layout,
        "none" if found.layout.has_schema else compression,
        found.columns,
        1,
        file.size,
        found.records,
        found.flags,
        found.mappings,
        found.schema,
        {},
    )


def _members(
    path: str, files: Sequence[DataFile], found: Sequence[tuple[DataFile, Found]], unite: Unite
) -> tuple[tuple[tuple[str, Found], ...], str | None]:
    if not found:
        return (), None
    reason = unite([one for _, one in found])
    if reason is not None:
        return tuple((file.uri, _with_reasons([(file, one)])) for file, one in found), reason
    whole = _with_reasons(found)
    if len(found) < len(files):
        # A sample, or some that could not be read: the rest is taken to be like it.
        size = sum(file.size for file in files)
        records = round(whole.records * size / max(1, whole.size))
        whole = replace(whole, files=len(files), size=size, records=records)
    return ((path, whole),), None


def _with_reasons(found: Sequence[tuple[DataFile, Found]]) -> Found:
    """Files taken together, with the evidence for each of their columns."""
    by_columns: dict[tuple[Field, ...], tuple[str, int]] = {}
    for file, one in found:
        first, count = by_columns.get(one.columns, (file.uri, 0))
        by_columns[one.columns] = first, count + 1
    reasons = merged_reasons(dict(_evidence(columns, *seen)) for columns, seen in by_columns.items())
    return replace(merged_found([one for _, one in found]), reasons=reasons)


def _evidence(columns: tuple[Field, ...], file: str, files: int) -> Iterator[tuple[str, Mapping[str, Evidence]]]:
    for one in columns:
        yield one.name, {type_text(one.type): Evidence(file, files)}
