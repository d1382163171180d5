"""What connectors raise, as errors that name their catalog."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from owlake.errors import OwlakeError, error


@contextmanager
def failures_of(catalog: str, doing: str) -> Iterator[None]:
    """A block in which a connector is asked for something: its own errors pass, anything else is told as Athena does.

    The text is that of Athena's federated queries
    (https://docs.aws.amazon.com/athena/latest/ug/connect-data-source-troubleshooting.html).

    Errors: GENERIC_USER_ERROR.
    """
    try:
        yield
    except OwlakeError:
        raise
    except Exception as problem:
        text = f"Encountered an exception[{type(problem).__name__}] from your catalog[{catalog}] executed in "
        raise error("GENERIC_USER_ERROR", f"{text}context[{doing}] with message[{problem}]") from problem
