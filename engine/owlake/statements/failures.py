"""The Hive side's failures in Athena's words, and the one door from the metastore's refusals to them.

Numbers and texts are Hive's; where Athena was seen to say it otherwise, Athena's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches

from owlake.errors import OwlakeError, error
from owlake.statements.context import StatementContext

_DDL_TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "


NEVER_DELETED = "Athena will not delete data in your account."


@contextmanager
def ending_errors_with(advice: str, context: StatementContext) -> Iterator[None]:
    """When strict, Athena's advice behind the text of every error of a statement that writes."""
    try:
        yield
    except OwlakeError as problem:
        if context.strict and NEVER_DELETED not in problem.message:
            problem.message = f"{problem.message.removesuffix('.')}. {advice}"
        raise


def files_are_left(manifest: str) -> str:
    """Athena's advice about the files of an INSERT or UNLOAD that failed."""
    return (
        f"If a data manifest file was generated at '{manifest}', you may need to manually clean the data from "
        f"locations specified in the manifest. {NEVER_DELETED}"
    )


def semantic_error(
    message: str, number: int | None = None, *, code: str = "HIVE_DDL", hint: str | None = None
) -> OwlakeError:
    """A statement that Hive's analyzer refuses."""
    prefix = f"[Error {number}]: " if number else ""
    return error(code, f"FAILED: SemanticException {prefix}{message}", bare=True, hint=hint)


def execution_error(message: str, *, code: str = "HIVE_DDL", hint: str | None = None) -> OwlakeError:
    """A statement that Hive's DDL task could not do."""
    return error(code, _DDL_TASK + message, bare=True, hint=hint)


def iceberg_refusal() -> OwlakeError:
    """What Athena says to Hive's statements about Iceberg tables."""
    return error("NOT_SUPPORTED", "Query type not supported by Athena Iceberg at this time", bare=True)


def table_not_found(name: str, known: Iterable[str] = (), *, code: str = "HIVE_DDL") -> OwlakeError:
    """There is no such table; ``known`` are the names it may have meant."""
    table = name.rpartition(".")[2]
    return semantic_error(f"Table not found {name}", 10001, code=code, hint=nearest(table, known))


def database_not_found(name: str, known: Iterable[str] = (), *, code: str = "HIVE_DDL") -> OwlakeError:
    """There is no such database."""
    return semantic_error(f"Database does not exist: {name}", 10072, code=code, hint=nearest(name, known))


def entity_not_found(hint: str | None = None) -> OwlakeError:
    """The catalog's own refusal, which Athena hands on when a statement is submitted."""
    return error(
        "INVALID_INPUT", f"Entity Not Found {_service('400', 'EntityNotFoundException')}", bare=True, hint=hint
    )


def rename_refused() -> OwlakeError:
    """Hive tables keep their name."""
    return execution_error(
        "Unable to alter table. Unable to change partition or table: "
        "com.amazonaws.services.datacatalog.model.InvalidInputException: Table cannot be renamed "
        + _service("400", "InvalidInputException")
    )


def already_exists(message: str) -> OwlakeError:
    """The metastore has one of that name."""
    return execution_error(f"AlreadyExistsException(message:{message})")


def partition_not_found(spec: Mapping[str, str], *, code: str = "HIVE_DDL") -> OwlakeError:
    """There is no such partition."""
    return semantic_error(f"Partition not found {java_map(spec)}", 10006, code=code)


def java_map(values: Mapping[str, str]) -> str:
    """A map as Java prints it."""
    return "{" + ", ".join(f"{key}={value}" for key, value in values.items()) + "}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A hint with the name that may have been meant."""
    found = get_close_matches(name, list(known), 1)
    return f"Did you mean {found[0]}?" if found else None


def _service(status: str, code: str) -> str:
    return (
        f"(Service: AmazonDataCatalog; Status Code: {status}; Error Code: {code}; "
        f"Request ID: {uuid.uuid4()}; Proxy: null)"
    )
