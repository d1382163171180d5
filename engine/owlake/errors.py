"""One tree of errors, with Athena's codes and texts, placed in PEP 249's classes.

    Exception
     └ OwlakeError (= Error)          code, message, position, hint
        ├ InterfaceError              the driver was misused
        └ DatabaseError
           ├ DataError                a value: cast, overflow, division, bad file content
           ├ OperationalError         the world: cancelled, storage, memory, locks
           ├ IntegrityError           a constraint
           ├ InternalError            our fault
           ├ ProgrammingError         the statement: syntax, names, types
           └ NotSupportedError        understood, not done

``error(code, ...)`` picks the class, which ``error_codes`` knows. ``str(e)`` is the text that Athena shows as
StateChangeReason: ``COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved``. Errors whose text is Hive's own
(``FAILED: SemanticException ...``) and refusals before the run have no code in front: ``bare`` ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from owlake.dialect.nodes.base import Position
from owlake.error_codes import CODES, OTHER, SYSTEM, ErrorClass


class OwlakeError(Exception):
    """Base of everything that owlake raises on purpose.

    Attributes:
        code: Trino's and Athena's error name (``TABLE_NOT_FOUND``).
        message: The text without code and position.
        position: Where in the statement's text, if it has a place there.
        hint: The next step, or the nearest name; never part of Athena's own text.
        category: AthenaError's ErrorCategory: 1 system, 2 user.
        type: AthenaError's ErrorType.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        position: Position | None = None,
        hint: str | None = None,
        bare: bool = False,
        category: int = SYSTEM,
        type: int = 0,  # noqa: A002  (AthenaError's own word)
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position
        self.hint = hint
        self.bare = bare
        self.category = category
        self.type = type

    def __str__(self) -> str:
        place = f"{self.position}: " if self.position else ""
        return f"{place}{self.message}" if self.bare else f"{self.code}: {place}{self.message}"

    @property
    def report(self) -> str:
        """The text for a person: Athena's, then the hint."""
        return f"{self}\nHint: {self.hint}" if self.hint else str(self)


Error = OwlakeError


class InterfaceError(OwlakeError):
    """The driver was misused: a closed cursor, a wrong parameter count."""


class DatabaseError(OwlakeError):
    """Everything that comes from running a statement."""


class DataError(DatabaseError):
    """A value does not fit."""


class OperationalError(DatabaseError):
    """Not the statement's fault: cancelled, storage, memory, another process."""


class IntegrityError(DatabaseError):
    """A constraint does not hold."""


class InternalError(DatabaseError):
    """A fault of owlake."""


class ProgrammingError(DatabaseError):
    """The statement is wrong: syntax, names, types."""


class NotSupportedError(DatabaseError):
    """Understood, but not done."""


_CLASSES: dict[ErrorClass, type[OwlakeError]] = {
    ErrorClass.PROGRAMMING: ProgrammingError,
    ErrorClass.NOT_SUPPORTED: NotSupportedError,
    ErrorClass.DATA: DataError,
    ErrorClass.INTEGRITY: IntegrityError,
    ErrorClass.OPERATIONAL: OperationalError,
    ErrorClass.INTERFACE: InterfaceError,
    ErrorClass.INTERNAL: InternalError,
}


def error(
    code: str,
    message: str,
    position: Position | None = None,
    *,
    hint: str | None = None,
    bare: bool = False,
) -> OwlakeError:
    """The error of this code, in its PEP 249 class and with its AthenaError category and type."""
    known = CODES.get(code, OTHER)
    class_ = _CLASSES[known.kind]
    return class_(code, message, position=position, hint=hint, bare=bare, category=known.category, type=known.type)


def refusal(message: str, position: Position | None = None, *, hint: str | None = None) -> OwlakeError:
    """A refusal before the run: Athena answers it from StartQueryExecution, without a code in the text."""
    return error("MALFORMED_QUERY", message, position, hint=hint, bare=True)


def cancelled(message: str = "Query cancelled by user") -> OwlakeError:
    """What a statement that was cancelled ends with."""
    return error("USER_CANCELED", message)


@dataclass(frozen=True, slots=True)
class QueryWarning:
    """What Athena would have refused or done otherwise, where ``athena_strict`` is off."""

    code: str
    message: str
    position: Position | None = None

    def __str__(self) -> str:
        place = f"{self.position}: " if self.position else ""
        return f"{self.code}: {place}{self.message}"
