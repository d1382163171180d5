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

``error(code, ...)`` picks the class. ``str(e)`` is the text that Athena shows as StateChangeReason:
``COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved``. Errors whose text is Hive's own
(``FAILED: SemanticException ...``) and refusals before the run have no code in front: ``bare`` ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from owlake.dialect.nodes.base import Position

USER = 2
SYSTEM = 1


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


class _Code(NamedTuple):
    kind: type[OwlakeError]
    category: int
    type: int


# AthenaError types as measured; where nothing was measured, the nearest documented type
# (https://docs.aws.amazon.com/athena/latest/ug/error-reference.html).
_CODES: dict[str, _Code] = {
    "SYNTAX_ERROR": _Code(ProgrammingError, USER, 1006),
    "MALFORMED_QUERY": _Code(ProgrammingError, USER, 1006),
    "INVALID_INPUT": _Code(ProgrammingError, USER, 1006),
    "COLUMN_NOT_FOUND": _Code(ProgrammingError, USER, 1006),
    "CATALOG_NOT_FOUND": _Code(ProgrammingError, USER, 1006),
    "DATACATALOG_NOT_FOUND": _Code(ProgrammingError, USER, 1006),
    "TABLE_NOT_FOUND": _Code(ProgrammingError, USER, 1301),
    "SCHEMA_NOT_FOUND": _Code(ProgrammingError, USER, 1301),
    "NOT_FOUND": _Code(ProgrammingError, USER, 1300),
    "PROCEDURE_NOT_FOUND": _Code(ProgrammingError, USER, 1303),
    "FUNCTION_NOT_FOUND": _Code(ProgrammingError, USER, 1303),
    "AMBIGUOUS_FUNCTION_CALL": _Code(ProgrammingError, USER, 1006),
    "TYPE_MISMATCH": _Code(ProgrammingError, USER, 1002),
    "TYPE_NOT_FOUND": _Code(ProgrammingError, USER, 1002),
    "AMBIGUOUS_NAME": _Code(ProgrammingError, USER, 1006),
    "MISSING_COLUMN_NAME": _Code(ProgrammingError, USER, 1100),
    "INVALID_PARAMETER_USAGE": _Code(ProgrammingError, USER, 1100),
    "INVALID_ARGUMENTS": _Code(ProgrammingError, USER, 1100),
    "INVALID_PROCEDURE_ARGUMENT": _Code(ProgrammingError, USER, 1100),
    "INVALID_TABLE_PROPERTY": _Code(ProgrammingError, USER, 1103),
    "DUPLICATE_PROPERTY": _Code(ProgrammingError, USER, 1103),
    "INVALID_SESSION_PROPERTY": _Code(ProgrammingError, USER, 1101),
    "INVALID_VIEW": _Code(ProgrammingError, USER, 1107),
    "VIEW_IS_STALE": _Code(ProgrammingError, USER, 1107),
    "VIEW_IS_RECURSIVE": _Code(ProgrammingError, USER, 1107),
    "TABLE_ALREADY_EXISTS": _Code(ProgrammingError, USER, 1110),
    "SCHEMA_ALREADY_EXISTS": _Code(ProgrammingError, USER, 1110),
    "COLUMN_ALREADY_EXISTS": _Code(ProgrammingError, USER, 1110),
    "ALREADY_EXISTS": _Code(ProgrammingError, USER, 1110),
    "SCHEMA_NOT_EMPTY": _Code(ProgrammingError, USER, 1004),
    "HIVE_DDL": _Code(ProgrammingError, USER, 1006),
    "HIVE_DDL_TASK": _Code(ProgrammingError, SYSTEM, 1003),
    "HIVE_DDL_METASTORE": _Code(ProgrammingError, SYSTEM, 1502),
    "PERMISSION_DENIED": _Code(ProgrammingError, USER, 1500),
    "NOT_SUPPORTED": _Code(NotSupportedError, USER, 1200),
    "UNSUPPORTED_SUBQUERY": _Code(NotSupportedError, USER, 1200),
    "HIVE_UNSUPPORTED_FORMAT": _Code(NotSupportedError, USER, 1200),
    "HIVE_SERDE_NOT_FOUND": _Code(NotSupportedError, USER, 1200),
    "DIVISION_BY_ZERO": _Code(DataError, USER, 1001),
    "INVALID_CAST_ARGUMENT": _Code(DataError, USER, 1100),
    "NUMERIC_VALUE_OUT_OF_RANGE": _Code(DataError, USER, 1100),
    "INVALID_FUNCTION_ARGUMENT": _Code(DataError, USER, 1106),
    "SUBQUERY_MULTIPLE_ROWS": _Code(DataError, USER, 1001),
    "EXCEEDED_FUNCTION_MEMORY_LIMIT": _Code(DataError, USER, 1001),
    "JSON_INPUT_CONVERSION_ERROR": _Code(DataError, USER, 1001),
    "JSON_OUTPUT_CONVERSION_ERROR": _Code(DataError, USER, 1001),
    "JSON_VALUE_RESULT_ERROR": _Code(DataError, USER, 1001),
    "PATH_EVALUATION_ERROR": _Code(DataError, USER, 1001),
    "HIVE_BAD_DATA": _Code(DataError, USER, 1001),
    "HIVE_CURSOR_ERROR": _Code(DataError, USER, 1001),
    "HIVE_PARTITION_SCHEMA_MISMATCH": _Code(DataError, USER, 1004),
    "HIVE_INVALID_PARTITION_VALUE": _Code(DataError, USER, 1001),
    "HIVE_INVALID_METADATA": _Code(DataError, USER, 1004),
    "HIVE_INVALID_BUCKET_FILES": _Code(DataError, USER, 1001),
    "HIVE_COLUMN_ORDER_MISMATCH": _Code(ProgrammingError, USER, 1006),
    "HIVE_TOO_MANY_OPEN_PARTITIONS": _Code(ProgrammingError, USER, 1006),
    "HIVE_PATH_ALREADY_EXISTS": _Code(ProgrammingError, USER, 1006),
    "HIVE_EXCEEDED_PARTITION_LIMIT": _Code(ProgrammingError, USER, 1006),
    "HIVE_METASTORE_ERROR": _Code(OperationalError, SYSTEM, 204),
    "HIVE_CANNOT_OPEN_SPLIT": _Code(OperationalError, USER, 1109),
    "HIVE_FILESYSTEM_ERROR": _Code(OperationalError, USER, 1109),
    "HIVE_WRITER_OPEN_ERROR": _Code(OperationalError, SYSTEM, 401),
    "HIVE_WRITER_DATA_ERROR": _Code(OperationalError, SYSTEM, 402),
    "HIVE_WRITER_CLOSE_ERROR": _Code(OperationalError, SYSTEM, 402),
    "HIVE_CONCURRENT_MODIFICATION_DETECTED": _Code(OperationalError, USER, 1000),
    "CONSTRAINT_VIOLATION": _Code(IntegrityError, USER, 1000),
    "USER_CANCELED": _Code(OperationalError, USER, 1011),
    "EXCEEDED_LOCAL_MEMORY_LIMIT": _Code(OperationalError, SYSTEM, 1),
    "EXCEEDED_TIME_LIMIT": _Code(OperationalError, USER, 206),
    "InvalidRequestException": _Code(ProgrammingError, USER, 1006),
    "ResourceNotFoundException": _Code(ProgrammingError, USER, 1300),
    "EXCEEDED_SCAN_LIMIT": _Code(OperationalError, USER, 1014),
    "QUERY_TEXT_TOO_LARGE": _Code(ProgrammingError, USER, 1006),
    "GENERIC_USER_ERROR": _Code(OperationalError, USER, 1000),
    "GENERIC_INTERNAL_ERROR": _Code(InternalError, SYSTEM, 9999),
    "HOME_ERROR": _Code(OperationalError, USER, 1000),
    "MIGRATION_INVALID": _Code(ProgrammingError, USER, 1000),
    "MIGRATION_REFUSED": _Code(ProgrammingError, USER, 1000),
    "MIGRATION_FAILED": _Code(OperationalError, USER, 1000),
    "MIGRATION_LOCKED": _Code(OperationalError, USER, 1000),
}

_OTHER_USER_ERROR = _Code(ProgrammingError, USER, 1006)


def error(
    code: str,
    message: str,
    position: Position | None = None,
    *,
    hint: str | None = None,
    bare: bool = False,
) -> OwlakeError:
    """The error of this code, in its PEP 249 class and with its AthenaError category and type."""
    kind, category, type_ = _CODES.get(code, _OTHER_USER_ERROR)
    return kind(code, message, position=position, hint=hint, bare=bare, category=category, type=type_)


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
