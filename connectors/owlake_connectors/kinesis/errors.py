"""The service's exceptions with its own texts, one function each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from owlake.spi import ACCOUNT, REGION, OwlakeError, error

THROUGHPUT_EXCEEDED = "ProvisionedThroughputExceededException"
INTERNAL_FAILURE = "InternalFailure"


def stream_not_found(name: str) -> OwlakeError:
    """There is no such stream."""
    return error("ResourceNotFoundException", f"Stream {name} under account {ACCOUNT} not found.")


def stream_exists(name: str) -> OwlakeError:
    """The name is taken."""
    return error("ResourceInUseException", f"Stream {name} under account {ACCOUNT} already exists.")


def stream_not_active(name: str, status: str) -> OwlakeError:
    """The stream is on its way to another state."""
    return error(
        "ResourceInUseException", f"Stream {name} under account {ACCOUNT} not ACTIVE, instead in state {status}"
    )


def shard_does_not_exist(shard: str, stream: str) -> OwlakeError:
    """There is no such shard to read."""
    return error(
        "ResourceNotFoundException", f"Shard {shard} in stream {stream} under account {ACCOUNT} does not exist"
    )


def shard_not_found(shard: str, stream: str) -> OwlakeError:
    """There is no such shard to split or merge."""
    return error(
        "ResourceNotFoundException", f"Could not find shard {shard} in stream {stream} under account {ACCOUNT}."
    )


def invalid_argument(text: str) -> OwlakeError:
    """An argument that the service does not take."""
    return error("InvalidArgumentException", text)


def validation(text: str) -> OwlakeError:
    """A value that the service refuses."""
    return error("ValidationException", text)


def limit_exceeded(text: str) -> OwlakeError:
    """One of the service's limits is reached."""
    return error("LimitExceededException", text)


def in_use(text: str) -> OwlakeError:
    """The resource is in a state in which this cannot be done."""
    return error("ResourceInUseException", text)


def not_found(text: str) -> OwlakeError:
    """There is no such resource."""
    return error("ResourceNotFoundException", text)


def consumer_not_found(consumer: str) -> OwlakeError:
    """There is no such consumer (any more)."""
    return not_found(f"Consumer {consumer}, account {ACCOUNT} not found.")


def consumer_not_active(consumer: str, created: int, stream: str) -> OwlakeError:
    """The consumer is on its way to another state."""
    return in_use(
        f"Consumer {consumer} with creation timestamp {created} under stream: {stream} , account {ACCOUNT} is not in"
        " ACTIVE status."
    )


def subscribed(stream: str, shard: str, consumer: str) -> OwlakeError:
    """A consumer is pushed the records of a shard once at a time."""
    return in_use(f"Another active subscription exists for this consumer: {ACCOUNT}:{stream}:{shard}:{consumer}")


def dry_run() -> OwlakeError:
    """The request was only to be tried."""
    return error("DryRunOperationException", "Request would have succeeded, but DryRun flag is set.")


def ambiguous_start(kind: str, told: str) -> OwlakeError:
    """An iterator's type does not fit what else is given."""
    return invalid_argument(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2)"
        f" TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {kind} and {told}."
    )


@contextmanager
def storing() -> Iterator[None]:
    """A block that writes. Errors: InternalFailureException, where the disk is full, or broken; the hint says that."""
    try:
        yield
    except OSError as problem:
        raise _internal_failure(problem) from problem
    except OwlakeError as problem:
        if problem.code == "HOME_ERROR" and isinstance(problem.__cause__, sqlite3.OperationalError):
            raise _internal_failure(problem.__cause__) from problem
        raise


def _internal_failure(problem: Exception) -> OwlakeError:
    return error("InternalFailureException", "Internal service failure.", hint=str(problem))


def write_rate_exceeded(shard: str, stream: str) -> str:
    """The text of a record that is refused."""
    return f"Rate exceeded for shard {shard} in stream {stream} under account {ACCOUNT}."


def read_rate_exceeded(shard: str, stream: str) -> OwlakeError:
    """The shard is read too often, or too much of it."""
    return error(THROUGHPUT_EXCEEDED, f"Rate exceeded for Shard - {ACCOUNT}/{stream}/{shard}")


def invalid_hash_key(text: str) -> OwlakeError:
    """An explicit hash key beyond the hash space."""
    return invalid_argument(
        f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {text}"
    )


def invalid_ordering(number: str, stream: str) -> OwlakeError:
    """A SequenceNumberForOrdering that is none, or lies ahead."""
    return invalid_argument(
        f"ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {stream} under account {ACCOUNT} is"
        " invalid."
    )


def invalid_iterator() -> OwlakeError:
    """What is given as an iterator is none."""
    return invalid_argument("Invalid ShardIterator.")


def expired_iterator(created: datetime, now: datetime) -> OwlakeError:
    """An iterator that was not used in time."""
    return error(
        "ExpiredIteratorException",
        f"Iterator expired. The iterator was created at time {_java_time(created)} while right now it is"
        f" {_java_time(now)} which is further in the future than the tolerated delay of 300000 milliseconds.",
    )


def expired_token(created: datetime, now: datetime) -> OwlakeError:
    """A NextToken that was not used in time."""
    return error(
        "ExpiredNextTokenException",
        f"NextToken expired. It was created at time {_java_time(created)} while right now it is {_java_time(now)}"
        " which is further in the future than the tolerated delay of 300000 milliseconds.",
    )


def shard_limit_exceeded(current: int, wanted: int, limit: int) -> OwlakeError:
    """More open shards than the account may have."""
    return limit_exceeded(
        f"This request would exceed the shard limit for the account {ACCOUNT} in {REGION}. Current shard count for"
        f" the account: {current}. Limit: {limit}. Number of additional shards that would have resulted from this"
        f" request: {wanted}. Refer to the AWS Service Limits page"
        " (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request"
        " higher limits."
    )


def lease_lost() -> OwlakeError:
    """A member of a group checks in a shard that it does not have (any more)."""
    return error("ShutdownException", "Can't update checkpoint - instance doesn't hold the lease for this shard")


def checkpoint_out_of_range(number: str, checkpoint: str, given: str | None) -> OwlakeError:
    """A member of a group checks in what it was not given, or lies behind."""
    return invalid_argument(
        f"Could not checkpoint at {number} as it did not fall into acceptable range between the last checkpoint"
        f" {checkpoint} and the greatest sequence number that this member was given, {given or 'none'}"
    )


def no_checkpoint_at_end(shard: str) -> OwlakeError:
    """A program did not check in that it is through with a shard: its children would never be read."""
    return invalid_argument(f"The processor of {shard} did not checkpoint in shard_ended.")


def _java_time(moment: datetime) -> str:
    return f"{moment:%a %b %d %H:%M:%S} UTC {moment:%Y}"
