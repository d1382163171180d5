"""A JSON object a line for each row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TextIO

from owlake_shell.render.json_values import json_values, unique_names
from owlake_shell.render.look import Look
from owlake_shell.render.rows import Rows


def write(rows: Rows, output: TextIO, _: Look) -> None:
    """The objects, a line each."""
    output.writelines(f"{line}\n" for line in objects(rows))


def objects(rows: Rows) -> Iterator[str]:
    """Each row as the text of an object; of columns that share a name the later ones get a number."""
    names = unique_names([column.name for column in rows.columns])
    for batch in rows:
        columns = [json_values(column, one.type) for column, one in zip(batch.columns, rows.columns, strict=True)]
        for row in zip(*columns, strict=True):
            yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)
