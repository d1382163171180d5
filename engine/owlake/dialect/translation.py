"""Other engines' SQL to Athena's, through sqlglot."""

from __future__ import annotations

from owlake.errors import OwlakeError, error


def translate(sql: str, source_dialect: str) -> str:
    """The statements of another dialect in Athena's SQL, one a line, each with its semicolon.

    Args:
        sql: Statements of the source dialect.
        source_dialect: One of sqlglot's dialects: ``spark``, ``snowflake``, ``bigquery``, ``postgres``, ...

    Raises:
        OwlakeError: The text does not parse, or Athena has nothing for a part of it.
    """
    # Importing sqlglot takes a fifth of the program's start.
    import sqlglot  # noqa: PLC0415
    from sqlglot.errors import ParseError, TokenError, UnsupportedError  # noqa: PLC0415

    if source_dialect.lower() not in sqlglot.Dialects.__members__.values():
        known = ", ".join(sorted(name for name in sqlglot.Dialects.__members__.values() if name))
        message = f"Unknown dialect: {source_dialect}"
        raise error("INVALID_ARGUMENTS", message, hint=f"Known dialects: {known}.")
    try:
        translated = sqlglot.transpile(
            sql, read=source_dialect.lower(), write="athena", unsupported_level=sqlglot.ErrorLevel.RAISE
        )
    except (ParseError, TokenError) as problem:
        raise _unreadable(problem) from problem
    except UnsupportedError as problem:
        raise error("NOT_SUPPORTED", f"Athena's SQL has nothing for this: {problem}") from problem
    return "\n".join(f"{statement};" for statement in translated if statement)


def _unreadable(problem: Exception) -> OwlakeError:
    return error("SYNTAX_ERROR", f"Not readable in the source dialect: {problem}")
