"""owlake: Amazon Athena's SQL over a local lake.

    import owlake

    with owlake.connect("my-home") as connection:
        connection.execute("SELECT 1").fetchall()

Names are looked up when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from owlake.dbapi import Connection, Cursor, apilevel, connect, paramstyle, threadsafety
    from owlake.dbapi_types import (
        BINARY,
        DATETIME,
        NUMBER,
        ROWID,
        STRING,
        Binary,
        Date,
        DateFromTicks,
        Time,
        TimeFromTicks,
        Timestamp,
        TimestampFromTicks,
    )
    from owlake.errors import (
        DatabaseError,
        DataError,
        Error,
        IntegrityError,
        InterfaceError,
        InternalError,
        NotSupportedError,
        OperationalError,
        OwlakeError,
        ProgrammingError,
    )
    from owlake.home import Home
    from owlake.session import Session

__version__ = "0.1.0"

Warning = Warning  # noqa: A001, PLW0127  (PEP 249 wants the name here)

_MODULES = {
    **dict.fromkeys(("connect", "Connection", "Cursor", "apilevel", "threadsafety", "paramstyle"), "owlake.dbapi"),
    **dict.fromkeys(
        (
            "Error",
            "OwlakeError",
            "InterfaceError",
            "DatabaseError",
            "DataError",
            "OperationalError",
            "IntegrityError",
            "InternalError",
            "ProgrammingError",
            "NotSupportedError",
        ),
        "owlake.errors",
    ),
    **dict.fromkeys(
        (
            "BINARY",
            "DATETIME",
            "NUMBER",
            "ROWID",
            "STRING",
            "Binary",
            "Date",
            "DateFromTicks",
            "Time",
            "TimeFromTicks",
            "Timestamp",
            "TimestampFromTicks",
        ),
        "owlake.dbapi_types",
    ),
    "Home": "owlake.home",
    "Session": "owlake.session",
}

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "Binary",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "Home",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "OwlakeError",
    "ProgrammingError",
    "Session",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        message = f"module 'owlake' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(module), name)
