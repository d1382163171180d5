"""Where Athena takes a statement and Hive's own parser then fails over it, when it runs.

Athena's first parser knows ``/* */`` and DROP COLUMN; Hive's, which runs some of the statements, knows neither. Hive
counts lines from 1 and columns from 0, and sees blanks in a row as one. Iceberg tables and most views never reach it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from owlake.dialect.nodes import hive
from owlake.dialect.nodes.base import QualifiedName, Statement
from owlake.errors import OwlakeError, error
from owlake.statements.context import StatementContext
from owlake.statements.names import table_name

# What may hide the marks of a comment, and the comment itself.
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\r\n]*"
_COMMENT = re.compile(rf"(?:{_QUOTED})|(?P<comment>/\*(?P<body>.*?)\*/)", re.DOTALL)
_TOKEN = re.compile(r"`[^`]*`|\w+|\S")
_INNER = re.compile(r"[A-Za-z_]\w*|\d+|'[^']*'|[<>!=]=|<>|.", re.DOTALL)

# As which kind of failure Athena reports it.
_CODES: dict[type[Statement], str] = {
    hive.ShowCreateTable: "HIVE_DDL_TASK",
    hive.Describe: "HIVE_DDL_TASK",
    hive.RepairTable: "HIVE_DDL_TASK",
    hive.AddColumns: "HIVE_DDL_TASK",
    hive.ReplaceColumns: "HIVE_DDL",
    hive.ChangeColumn: "HIVE_DDL",
    hive.DropColumn: "HIVE_DDL",
    hive.RenameTable: "HIVE_DDL",
}


@dataclass(frozen=True, slots=True)
class _Comment:
    """The first comment of a statement: the tokens before it, where it stands, the first token inside."""

    before: tuple[str, ...]
    line: int
    column: int
    inner: str


def refuse_comment(statement: Statement, context: StatementContext) -> None:
    """Fail as Hive's parser does over a comment, where a strict session runs what that parser would see."""
    code = _CODES.get(type(statement))
    if code is None or "/*" not in context.text:
        return
    comment = _first_comment(context.text)
    if comment is not None and _reaches_hive(statement, context):
        raise _parse_exception(_reason(comment), code)


def drop_column_refused(text: str) -> OwlakeError:
    """Hive's parser expects PARTITION after DROP, and no name of three parts."""
    squeezed = _squeezed(text)
    catalog = re.search(r"\balter\s+table\s+`?awsdatacatalog`?\s*\.\s*\S+?(?=\.)", squeezed, re.IGNORECASE)
    if catalog is not None:
        name, word = _TOKEN.findall(squeezed[catalog.end() + 1 :])[:2]
        line, column = _place(squeezed, catalog.end())
        text = f"line {line}:{column} cannot recognize input near '.' '{name}' '{word}' in alter table statement"
        return _parse_exception(text, "HIVE_DDL")
    *_, (start, word) = [(0, "COLUMN")] + [
        (found.start(1), found[1]) for found in re.finditer(r"\bdrop\s+(column)\b", squeezed, re.IGNORECASE)
    ]
    line, column = _place(squeezed, start)
    text = f"line {line}:{column} mismatched input '{word}' expecting PARTITION near 'DROP' in drop partition statement"
    return _parse_exception(text, "HIVE_DDL")


def _reaches_hive(statement: Statement, context: StatementContext) -> bool:
    """Whether Hive runs the statement: Athena does what concerns Iceberg tables itself, and DESCRIBE of a view."""
    if isinstance(statement, hive.RepairTable):
        return True
    written = statement.table if hasattr(statement, "table") else statement.name  # type: ignore[attr-defined]
    assert isinstance(written, QualifiedName)
    name = table_name(written, context)
    with context.home.metastore.read() as catalog:
        table = catalog.find_table(name.database, name.table)
    if table is None:
        return not isinstance(statement, hive.Describe)
    return table.open_format != "ICEBERG" and not (table.is_view and isinstance(statement, hive.Describe))


def _first_comment(text: str) -> _Comment | None:
    squeezed = _squeezed(text)
    found = next((match for match in _COMMENT.finditer(squeezed) if match["comment"]), None)
    if found is None:
        return None
    line, column = _place(squeezed, found.start())
    body = found["body"].lstrip()
    first = _INNER.match(body)
    inner = first.group() if first and first.group().isascii() else "*"
    return _Comment(tuple(_TOKEN.findall(squeezed[: found.start()])), line, column, inner)


def _reason(comment: _Comment) -> str:
    """Hive's words, by what stands before the comment."""
    place = f"line {comment.line}:{comment.column}"
    unread = f"cannot recognize input near '/' '*' '{comment.inner}'"
    words = [token.upper() for token in comment.before]
    last = comment.before[-1] if words else ""
    match words:
        case []:
            return f"{place} {unread}"
        case ["SHOW"]:
            return f"{place} cannot recognize input near '{last}' '/' '*' in ddl statement"
        case ["SHOW", "CREATE"]:
            return f"{place} mismatched input '/' expecting TABLE near '{last}' in show statement"
        case ["ALTER"]:
            return f"line 1:0 cannot recognize input near '{last}' '/' '*' in alter statement"
        case ["DESCRIBE" | "DESC"]:
            return f"line 1:0 cannot recognize input near '{last}' '/' '*' in describe statement"
        case ["DESCRIBE" | "DESC", "EXTENDED"]:
            return f"{place} {unread} in specifying describe table types"
        case ["SHOW", "CREATE", "TABLE"] | ["MSCK", "REPAIR", "TABLE"] | ["ALTER", "TABLE"]:
            return f"{place} {unread} in table name"
        case [*_, database, "."]:
            written = comment.before[-2] if database else ""
            return f"{place} cannot recognize input near '{written}' '.' '/' in table name"
        case ["ALTER", "TABLE", *_]:
            return f"{place} {unread} in alter table statement"
        case _:
            return f"{place} missing EOF at '/' near '{last}'"


def _squeezed(text: str) -> str:
    return re.sub(r"\s{2,}", " ", text)


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line from 1 and column from 0."""
    before = text[:offset]
    return before.count("\n") + 1, len(before) - before.rfind("\n") - 1


def _parse_exception(reason: str, code: str) -> OwlakeError:
    return error(code, f"FAILED: ParseException {reason}", bare=True)
