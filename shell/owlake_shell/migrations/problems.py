"""What can be wrong with migrations, as errors: each says what to do.

MIGRATION_INVALID   a file, its name, its header or a variable: nothing was run
MIGRATION_REFUSED   files and history do not fit together: nothing was run
MIGRATION_FAILED    a statement failed: the message says which ones took effect
MIGRATION_LOCKED    somebody else is at it
"""

from __future__ import annotations

from owlake.errors import OwlakeError, error


def invalid(place: str, message: str, *, hint: str) -> OwlakeError:
    """A file that cannot be used as it is; ``place`` is ``file`` or ``file:line``."""
    return error("MIGRATION_INVALID", f"{place}: {message}", hint=hint)


def refused(message: str, *, hint: str) -> OwlakeError:
    """Files and history do not fit together."""
    return error("MIGRATION_REFUSED", message, hint=hint)


def failed(message: str, *, hint: str) -> OwlakeError:
    """A statement failed."""
    return error("MIGRATION_FAILED", message, hint=hint)


def locked(message: str, *, hint: str) -> OwlakeError:
    """Somebody else runs migrations."""
    return error("MIGRATION_LOCKED", message, hint=hint)
