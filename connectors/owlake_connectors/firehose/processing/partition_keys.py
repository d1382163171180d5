"""Partition keys taken out of records by a jq expression.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html: the expression makes one
object of each record, whose members are the keys; values are texts and numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import msgspec

from owlake.spi import OwlakeError, error
from owlake_connectors.firehose import errors

_MISSING = "Partition keys by this expression, or of this record, need the package jq"
_EXACT = 2**53
"""Whole numbers beyond are no doubles, which is what jq calculates with."""
_KNOWN = 10_000
"""The keys of so many partitions are kept: records of one share them."""
_PLAIN = re.compile(r"\s*\{(.*)\}\s*", re.DOTALL)
_MEMBER = re.compile(r'\s*(?:"([^"\\]+)"|([A-Za-z_]\w*))\s*:\s*((?:\.[A-Za-z_]\w*)+)\s*', re.ASCII)


@dataclass(frozen=True, slots=True)
class NoKeys:
    """Why a record has no keys."""

    reason: str


Keys = dict[str, str]
Path = tuple[str, ...]


@dataclass(frozen=True)
class MetadataExtraction:
    """The keys of records, by a jq expression.

    An expression that only follows names is done by a decoder that builds nothing else of the records; jq itself does
    all others, and every record about which the two might differ.
    """

    query: str

    def keys(self, records: Sequence[bytes]) -> list[Keys | NoKeys]:
        """The keys of each record."""
        if self._paths is None:
            return self._by_jq(records)
        read = list(map(self._paths, records))
        others = {place: self._by_jq_alone(records[place]) for place, one in enumerate(read) if one is None}
        return [others[place] if one is None else one for place, one in enumerate(read)]

    def check(self) -> None:
        """Errors: InvalidArgumentException for what is no expression of jq; NOT_SUPPORTED where jq is missing."""
        if self._paths is not None:
            return
        try:
            _ = self._program
        except ValueError as problem:
            text = f"MetadataExtractionQuery is not an expression of jq: {problem}"
            raise errors.invalid_argument(text) from problem

    @cached_property
    def _program(self) -> Any:
        try:
            import jq  # noqa: PLC0415  (most delivery streams have no partitions)
        except ImportError as problem:
            raise error("NOT_SUPPORTED", _MISSING, hint="pip install 'owlake[firehose]'") from problem
        # A list of what each record gives: whether it was one thing can be seen.
        return jq.compile(f"[{self.query}\n]")

    @cached_property
    def _paths(self) -> Callable[[bytes], Keys | None] | None:
        paths = plain_paths(self.query)
        return _decoder(paths) if paths else None

    def _by_jq(self, records: Sequence[bytes]) -> list[Keys | NoKeys]:
        """All at once if none is faulty: entering jq costs as much as most records do."""
        if all(_is_one_value(record) for record in records):
            try:
                outputs = self._program.input_text(b"\n".join(records).decode()).all()
            except ValueError:
                pass
            else:
                return [_keys_of(one) for one in outputs]
        return [self._by_jq_alone(record) for record in records]

    def _by_jq_alone(self, record: bytes) -> Keys | NoKeys:
        if not _is_one_value(record):
            return NoKeys("The record is not one JSON value")
        try:
            return _keys_of(self._program.input_text(record.decode()).first())
        except ValueError as problem:
            return NoKeys(str(problem))
        except OwlakeError as problem:
            # The others can do without jq; this one is kept with the errors.
            return NoKeys(f"{problem.message}: {problem.hint}")


def plain_paths(query: str) -> dict[str, Path] | None:
    """What an expression such as ``{customer: .customer_id, device: .type.device}`` follows; None for any other."""
    inner = _PLAIN.fullmatch(query)
    if inner is None:
        return None
    members = [_MEMBER.fullmatch(part) for part in inner[1].split(",")]
    if not all(members):
        return None
    return {one[1] or one[2]: tuple(one[3][1:].split(".")) for one in members if one}


def _decoder(paths: Mapping[str, Path]) -> Callable[[bytes], Keys | None] | None:
    """Gives the keys of a record, or None where jq is to be asked. None: one path goes on behind another's end."""
    type_ = _record_type(list(paths.values()))
    if type_ is None:
        return None
    decode = msgspec.json.Decoder(type_).decode
    names = list(paths)
    values_of = attrgetter(*(".".join(_attributes(list(paths.values()), path)) for path in paths.values()))
    known: dict[object, Keys] = {}

    def keys(record: bytes) -> Keys | None:
        try:
            content = decode(record)
        except (msgspec.MsgspecError, ValueError):
            return None
        values = values_of(content)
        found = known.get(values)
        if found is None:
            each = values if len(names) > 1 else (values,)
            if any(isinstance(one, int) and not -_EXACT < one < _EXACT for one in each):
                return None
            if len(known) >= _KNOWN:
                known.clear()
            found = known[values] = dict(zip(names, map(str, each), strict=True))
        return found

    return keys


def _record_type(paths: Sequence[Path]) -> Any:
    """Records with texts or whole numbers at the paths' ends; None where a path ends on another's way."""
    fields: list[tuple[str, Any]] = []
    names = _names(paths)
    for number, name in enumerate(names):
        rest = [path[1:] for path in paths if path[0] == name]
        if any(rest) and not all(rest):
            return None
        inner = _record_type(rest) if all(rest) else str | int
        if inner is None:
            return None
        fields.append((_attribute(number), inner))
    return msgspec.defstruct("Record", fields, rename={_attribute(number): name for number, name in enumerate(names)})


def _attributes(paths: Sequence[Path], path: Path) -> tuple[str, ...]:
    """How a path is followed in a decoded record."""
    if not path:
        return ()
    rest = [one[1:] for one in paths if one[0] == path[0]]
    return (_attribute(_names(paths).index(path[0])), *_attributes(rest, path[1:]))


def _names(paths: Sequence[Path]) -> list[str]:
    return list(dict.fromkeys(path[0] for path in paths))


def _attribute(number: int) -> str:
    return f"field_{number}"


def _is_one_value(record: bytes) -> bool:
    try:
        msgspec.json.decode(record, type=msgspec.Raw)
    except (msgspec.MsgspecError, ValueError):
        return False
    return True


def _keys_of(outputs: list[Any]) -> Keys | NoKeys:
    """The keys that an expression made of one record."""
    if len(outputs) != 1 or not isinstance(outputs[0], dict):
        return NoKeys("The expression does not give one object of keys")
    keys = {}
    for name, value in outputs[0].items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return NoKeys(f"The key {name} is no text and no number: {json.dumps(value)}")
        keys[name] = value if isinstance(value, str) else json.dumps(value)
    return keys
