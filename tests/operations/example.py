"""A plugin whose operations, all in memory, take and give every form of value."""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from owlake.spi import Connector, ConnectorFactory, Json, Name, Table, check_stopped, error, hookimpl, operation, types


class Mode(enum.Enum):
    PROVISIONED = "PROVISIONED"
    ON_DEMAND = "ON_DEMAND"


@dataclass(frozen=True)
class Tag:
    key: str
    value: str | None = None


@dataclass(frozen=True)
class Stream:
    stream_name: str
    stream_arn: Annotated[str, Name("StreamARN")]
    shard_count: int
    mode: Mode
    created: datetime
    tags: Sequence[Tag] = ()
    retention: timedelta | None = None


@dataclass(frozen=True)
class Record:
    data: bytes
    partition_key: str
    approximate_arrival: datetime | None = None


@dataclass(frozen=True)
class PutResult:
    failed_record_count: int
    records: list[Record] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    stream_names: list[str]
    next_token: str | None = None


class Example(Connector):
    """Streams in memory."""

    def __init__(self) -> None:
        self.streams: dict[str, Stream] = {}
        self.counted = 0
        self.closed_early = 0
        self.started = threading.Event()

    def table_names(self, schema: str) -> list[str]:  # noqa: ARG002
        return []

    def table(self, schema: str, name: str) -> Table | None:  # noqa: ARG002
        return None

    @operation
    def create_stream(
        self,
        stream_name: str,
        shard_count: int = 1,
        mode: Mode = Mode.PROVISIONED,
        tags: Sequence[Tag] = (),
        retention: timedelta | None = None,
    ) -> None:
        """Create a stream.

        It is there at once.
        """
        if stream_name in self.streams:
            raise error("ResourceInUseException", f"Stream {stream_name} under account 000000000000 already exists.")
        arn = f"arn:aws:kinesis:::stream/{stream_name}"
        created = datetime(2024, 2, 29, 12, tzinfo=UTC)
        self.streams[stream_name] = Stream(stream_name, arn, shard_count, mode, created, tags, retention)

    @operation
    def describe_stream(self, stream_name: str) -> Stream:
        """Describe a stream."""
        if stream_name not in self.streams:
            raise error("ResourceNotFoundException", f"Stream {stream_name} not found.")
        return self.streams[stream_name]

    @operation
    def find_stream(self, stream_name: str) -> Stream | None:
        """The stream, if it is there."""
        return self.streams.get(stream_name)

    @operation
    def tags(self, stream_name: str) -> list[Tag]:
        """The tags of a stream."""
        return list(self.streams[stream_name].tags)

    @operation
    def streams_since(self, created: datetime) -> Iterator[Stream]:
        """Streams created since a moment, one after the other."""
        yield from (one for _, one in sorted(self.streams.items()) if one.created >= created)

    @operation
    def list_streams(self, limit: int = 2, next_token: str | None = None) -> Page:
        """List the names of streams, a page at a time."""
        names = sorted(name for name in self.streams if name > (next_token or ""))
        return Page(names[:limit], names[limit - 1] if len(names) > limit else None)

    @operation
    def list_in_circles(self, next_token: str | None = None) -> Page:
        """Pages without an end."""
        return Page([next_token or "first"], "again")

    @operation(service="tagging")
    def list_tags(self) -> list[Tag]:
        """Every tag."""
        return [tag for stream in self.streams.values() for tag in stream.tags]

    @operation
    def put_records(self, records: list[Record], attributes: Mapping[str, str] | None = None) -> PutResult:
        """Put records."""
        return PutResult(len(attributes or ()), records)

    @operation(schema="tools")
    def count_to(self, stop: int, fail_at: int | None = None) -> Iterator[int]:
        """Count, or break on the way."""
        try:
            for number in range(stop):
                if number == fail_at:
                    raise RuntimeError("the line broke")
                self.counted += 1
                yield number
        except GeneratorExit:
            self.closed_early += 1
            raise

    @operation(schema="tools")
    def echo(
        self,
        text: str | None = None,
        whole: int | None = None,
        small: Annotated[int, types.INTEGER] | None = None,
        real: float | None = None,
        yes: bool | None = None,
        exact: Decimal | None = None,
        binary: bytes | None = None,
        day: date | None = None,
        moment: datetime | None = None,
        span: timedelta | None = None,
        document: Json = None,
        names: dict[str, int] | None = None,
        lists: list[list[int]] | None = None,
        level: Literal["LOW", "HIGH"] | None = None,
    ) -> str:
        """What was given, as Python writes it."""
        given = {name: value for name, value in locals().items() if name != "self" and value is not None}
        return ", ".join(f"{name}={value!r}" for name, value in given.items())

    @operation
    def validated(
        self,
        stream_name: str,
        shard_count: int | None = None,
        real: float | None = None,
        yes: bool | None = None,
        data: bytes | None = None,
        moment: datetime | None = None,
        tags: list[Tag] | None = None,
        names: dict[str, int] | None = None,
    ) -> None:
        """Every form that AWS's models have."""

    @operation(schema="tools")
    def instant(self, moment: datetime) -> str:
        """A moment as Python has it."""
        return moment.isoformat()

    @operation(schema="tools")
    def total(self, count: int) -> Annotated[int, Name("TotalCount")]:
        """A value with a name."""
        return count

    @operation(schema="tools")
    def values(self, from_: str) -> str:
        """A name and a parameter that are words of SQL."""
        return from_

    @operation(schema="tools")
    def shapeless(self, value: complex) -> None:
        """What SQL has no type for."""

    @operation(schema="tools")
    def all_types(self) -> Values:
        """A value of every type."""
        return Values()

    @operation(schema="tools")
    def explode(self) -> None:
        """Raise something that is no error of owlake's."""
        raise ZeroDivisionError("oops")

    @operation(schema="tools")
    def take_long(self) -> None:
        """Run until somebody stops it."""
        self.started.set()
        while True:
            check_stopped()

    @operation(schema="tools")
    def stop_now(self) -> None:
        """Ask, where nobody can stop it."""
        check_stopped()

    @operation(schema="tools")
    def lie(self) -> int:
        """Give something else than was declared."""
        return "not a number"  # type: ignore[return-value]

    @operation(schema="tools")
    def lie_about_rows(self) -> list[int]:
        """Give a value where rows were declared."""
        return 5  # type: ignore[return-value]


@dataclass(frozen=True)
class Values:
    text: str = "ö"
    whole: int = 2**62
    real: float = 1.5
    yes: bool = True
    exact: Decimal = Decimal("1.25")
    binary: bytes = b"\x00\xff"
    day: date = date(2024, 2, 29)
    moment: datetime = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
    span: timedelta = timedelta(days=1, seconds=2)
    document: Json = field(default_factory=lambda: {"a": [1, None, "x"]})
    names: dict[str, int] = field(default_factory=lambda: {"a": 1})
    lists: list[list[int]] = field(default_factory=lambda: [[1], []])
    tag: Tag = Tag("k")
    absent: int | None = None


class Broken(Connector):
    """What cannot be made."""

    def __init__(self) -> None:
        raise ConnectionError("no route to host")

    def table_names(self, schema: str) -> list[str]:  # noqa: ARG002
        return []

    def table(self, schema: str, name: str) -> Table | None:  # noqa: ARG002
        return None


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """A catalog that is there, and a kind that cannot be made."""
    return [
        ConnectorFactory("example", lambda _: Example(), "Streams in memory", catalog="example"),
        ConnectorFactory("broken", lambda _: Broken(), "What cannot be made"),
    ]
