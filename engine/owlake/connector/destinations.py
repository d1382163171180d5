"""Destinations of delivery streams: what a plugin brings along so that records go where the lake is not.

A delivery stream gathers records, and hands a destination what is to go there at once. Whatever the destination does
not take is tried again, or kept in the stream's error output, or given up, as the destination says.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from owlake.home import Home


@dataclass(frozen=True, slots=True)
class DeliveryRecords:
    """Some records of a buffer, in order.

    Attributes:
        data: What each has become.
        arrived: When each was put: timestamps in UTC.
    """

    data: pa.BinaryArray
    arrived: pa.TimestampArray


@dataclass(frozen=True, slots=True)
class DeliveryBuffer:
    """What a delivery stream hands over at once.

    Attributes:
        id: The same at each attempt, also after the process died: by it a destination knows what it has already.
        stream: The delivery stream's name; ``stream_arn``: its Amazon resource name.
        opened: When the oldest record was put.
        attempt: 1 at the first.
        now: The home's time.
        records: How many there are; ``bytes``: theirs.
        batches: All of them; to be read once.
    """

    id: str
    stream: str
    stream_arn: str
    opened: datetime
    attempt: int
    now: datetime
    records: int
    bytes: int
    batches: Iterable[DeliveryRecords]


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that the destination does not take, while it took others; it goes to the error output.

    Attributes:
        place: Its place in the buffer; the first is 0.
        details: What the line of the error output says beside what all lines do.
    """

    place: int
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """What became of a buffer: the bytes that the destination got, and the records that it did not take."""

    bytes: int
    refused: Sequence[RefusedRecord] = ()


class DeliveryFailure(StrEnum):
    """What is done with the records of a buffer that was not delivered."""

    RETRY = "RETRY"
    """It is tried again, for as long as the delivery stream says; then it is kept."""
    KEEP = "KEEP"
    """The records go to the error output at once."""
    DISCARD = "DISCARD"
    """They are not delivered and not kept: the log of deliveries says so."""


class DeliveryError(Exception):
    """A buffer that was not delivered. Any other exception is one, too, that has it tried again."""

    def __init__(self, code: str, message: str, failure: DeliveryFailure = DeliveryFailure.RETRY) -> None:
        super().__init__(message)
        self.code = code
        self.failure = failure


class DeliveryDestination(ABC):
    """Where the records of one delivery stream go. Required: ``deliver``; all else has the values of an HTTP endpoint.

    Used by one thread at a time.
    """

    error_type: str = "destination-failed"
    """What the error output calls records that were not taken: the folder in which they are."""
    metric: str = "Destination"
    """What metrics call it: ``DeliveryTo<metric>.Success``."""
    size_in_mbs: tuple[int, int] = (5, 64)
    """The size of a buffer unless the delivery stream has its own, and the largest."""
    interval_in_seconds: tuple[int, int] = (300, 900)
    """How long a buffer is gathered unless the delivery stream says, and the longest."""
    retry_seconds: int = 300
    """For how long a buffer is tried again unless the delivery stream says."""

    @abstractmethod
    def deliver(self, buffer: DeliveryBuffer) -> DeliveryReceipt:
        """Deliver a buffer: when this returns, the records are there.

        Whoever dies before it is written down that they are does it again, with the same ``buffer.id``.

        Errors: DeliveryError.
        """

    def forget(self, buffer_id: str) -> None:  # noqa: B027  (most have nothing to forget)
        """It is written down what became of a buffer: nobody asks again. Not called where the process died between."""

    def details(self, buffer: DeliveryBuffer, place: int) -> Mapping[str, Any]:  # noqa: ARG002
        """What lines of the error output say of a record beside what all lines do, where a whole buffer failed."""
        return {}


@dataclass(frozen=True, slots=True)
class DeliveryDestinationFactory:
    """A kind of destination, as a plugin registers it.

    Attributes:
        name: What ``create_delivery_stream`` calls it.
        create: Makes the destination of one delivery stream of its parameters. It does not connect to anything yet; for
            parameters that cannot be it raises ``error("InvalidArgumentException", text)``.
        description: What it is for, in one line.
    """

    name: str
    create: Callable[[Home, Mapping[str, str]], DeliveryDestination]
    description: str
