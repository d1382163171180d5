"""The service's exceptions."""

from __future__ import annotations

from owlake.spi import ACCOUNT, OwlakeError, error


def stream_not_found(name: str) -> OwlakeError:
    """There is no such delivery stream."""
    return error("ResourceNotFoundException", f"Firehose {name} under account {ACCOUNT} not found.")


def stream_exists(name: str) -> OwlakeError:
    """The name is taken."""
    return error("ResourceInUseException", f"Firehose {name} under accountId {ACCOUNT} already exists")


def invalid_argument(text: str) -> OwlakeError:
    """An argument that the service does not take."""
    return error("InvalidArgumentException", text)


def invalid_source(text: str) -> OwlakeError:
    """Records are put where the delivery stream reads them itself."""
    return error("InvalidSourceException", text)


def limit_exceeded(text: str) -> OwlakeError:
    """More than there may be."""
    return error("LimitExceededException", text)


SLOW_DOWN = "Slow down."


def service_unavailable() -> OwlakeError:
    """More is put than the rates allow."""
    return error("ServiceUnavailableException", SLOW_DOWN)


def changed_meanwhile(text: str) -> OwlakeError:
    """The version that an update was made for is not the current one."""
    return error("ConcurrentModificationException", text)


def source_not_found(name: str) -> OwlakeError:
    """The stream that is read is not there."""
    return error("ResourceNotFoundException", f"Stream {name} under account {ACCOUNT} not found.")


def not_supported(text: str) -> OwlakeError:
    """Something of the service that is not here."""
    return error("NOT_SUPPORTED", text)
