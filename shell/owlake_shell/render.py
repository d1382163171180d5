"""Results as text: tables for people, CSV and JSON for programs. Rows are written as they come."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

from owlake.queries.result import Result
from owlake.types.model import Type, is_numeric
from owlake.types.rendering import render_column
from owlake_shell.json_values import json_values, unique_names

ROWS_OF_A_TABLE = 10_000
"""A table's column widths are those of so many rows; the next ones begin a table of their own."""

Render = Callable[[Result, TextIO], None]


def render(result: Result, form: str, output: TextIO | None = None) -> None:
    """Write the result's rows in a form of ``FORMS``."""
    FORMS[form](result, output or sys.stdout)


def _text_rows(result: Result, null: str | None) -> Iterator[tuple[str | None, ...]]:
    for batch in result:
        columns = [
            render_column(column, one.type, null) for column, one in zip(batch.columns, result.columns, strict=True)
        ]
        yield from zip(*columns, strict=True)


def _tables(style: str, escape: Callable[[str], str] = str) -> Render:
    def write(result: Result, output: TextIO) -> None:
        headers = [escape(column.name) for column in result.columns]
        align = [_alignment(column.type) for column in result.columns]
        rows: list[tuple[str | None, ...]] = []
        written = False
        for row in _text_rows(result, "NULL"):
            rows.append(tuple(escape(value) for value in row if value is not None))
            if len(rows) == ROWS_OF_A_TABLE:
                _print_table(rows, headers, align, style, output)
                rows, written = [], True
        if rows or not written:
            _print_table(rows, headers, align, style, output)

    return write


def _alignment(type_: Type) -> str:
    return "right" if is_numeric(type_) else "left"


def _in_markdown(value: str) -> str:
    """What would end a cell or a line of a Markdown table, written so that it does not."""
    return value.replace("\\", "\\\\").replace("|", "\\|").replace("\r\n", "<br>").replace("\n", "<br>")


def _print_table(
    rows: list[tuple[str | None, ...]], headers: list[str], align: list[str], style: str, output: TextIO
) -> None:
    from tabulate import tabulate  # noqa: PLC0415  (other forms do without)

    shown = tabulate(
        rows,
        headers,
        tablefmt=style,
        colalign=align if rows else None,
        disable_numparse=True,
        preserve_whitespace=True,
    )
    output.write(f"{shown}\n")


def _csv(result: Result, output: TextIO) -> None:
    """Every value in quotes but NULL, which is empty without them: Athena's own CSV."""
    writer = csv.writer(output, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([column.name for column in result.columns])
    for row in _text_rows(result, None):
        if None in row:
            output.write(",".join("" if value is None else _csv_quoted(value) for value in row) + "\n")
        else:
            writer.writerow(row)


def _csv_quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _objects(result: Result) -> Iterator[str]:
    names = unique_names([column.name for column in result.columns])
    for batch in result:
        columns = [json_values(column, one.type) for column, one in zip(batch.columns, result.columns, strict=True)]
        for row in zip(*columns, strict=True):
            yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)


def _jsonl(result: Result, output: TextIO) -> None:
    output.writelines(f"{line}\n" for line in _objects(result))


def _json(result: Result, output: TextIO) -> None:
    separator = "[\n  "
    for line in _objects(result):
        output.write(f"{separator}{line}")
        separator = ",\n  "
    output.write("[]\n" if separator.startswith("[") else "\n]\n")


FORMS: dict[str, Render] = {
    "table": _tables("simple"),
    "markdown": _tables("github", _in_markdown),
    "csv": _csv,
    "json": _json,
    "jsonl": _jsonl,
}
"""The forms of ``--format``."""
