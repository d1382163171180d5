"""The page of docs/ that lists the error codes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from owlake.error_codes import CODES, SYSTEM, ErrorClass, ErrorCode

_ROOT = Path(__file__).parents[2]
_GENERATED = "<!-- Written by `python -m tests.documentation`; a test holds it to the registry. -->\n"
_RAISING = {"error", "QueryWarning", "TaskError", *ErrorClass}

_INTRODUCTION = """\
Every code that owlake's errors and warnings have. In Python a code is `problem.code`, and its class is one of
[PEP 249's](https://peps.python.org/pep-0249/#exceptions): catch the class, tell apart by the code. Category and type
are those of
[AthenaError](https://docs.aws.amazon.com/athena/latest/ug/error-reference.html) (1 system, 2 user). What their texts
are like is in [Errors and limits](errors-and-limits.md).

```python
import owlake

with owlake.connect() as connection:
    try:
        connection.execute("SELECT 1 / 0").fetchall()
    except owlake.DataError as problem:
        print(problem.code, problem.category, problem.type)
        print(problem)
```

```text
DIVISION_BY_ZERO 2 1001
DIVISION_BY_ZERO: Division by zero
```

Other codes are those of a connector's service, as its API has them (`ResourceInUseException`).
"""

_MEANINGS = {
    ErrorClass.PROGRAMMING: "The statement is wrong, or what it names is not there.",
    ErrorClass.NOT_SUPPORTED: "Understood, and not done.",
    ErrorClass.DATA: "A value does not fit, in the statement or in a file.",
    ErrorClass.INTEGRITY: "A constraint does not hold.",
    ErrorClass.OPERATIONAL: "The world: storage, memory, limits, other processes, cancelling.",
    ErrorClass.INTERFACE: "The driver is misused.",
    ErrorClass.INTERNAL: "A fault of owlake.",
}


def errors_page() -> str:
    """docs/errors.md: each code, by its class."""
    lines = ["# Error codes", "", _GENERATED, _INTRODUCTION.rstrip()]
    for kind, meaning in _MEANINGS.items():
        lines += ["", f"## {kind}", "", meaning, "", "| code | AthenaError | meaning | what to do |"]
        lines += ["| --- | --- | --- | --- |"]
        lines += [_row(name, code) for name, code in sorted(CODES.items()) if code.kind is kind]
    return "\n".join(lines) + "\n"


def _row(name: str, code: ErrorCode) -> str:
    category = "system" if code.category == SYSTEM else "user"
    place = f"{category}, {code.type}" if code.type else ""
    return f"| `{name}` | {place} | {code.meaning} | {code.remedy} |"


def raised_codes() -> Iterator[tuple[str, str]]:
    """Each code that the source raises as a literal, and where; without those of services that are not the engine's."""
    for root in ("engine", "connectors", "shell"):
        for path in sorted((_ROOT / root).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for value in _codes_in(node):
                    if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
                        continue
                    if not _is_of_a_service(value.value, path):
                        yield value.value, f"{path.relative_to(_ROOT)}:{value.lineno}"


def _is_of_a_service(code: str, path: Path) -> bool:
    """An exception of the API of a connector's service."""
    return code.endswith("Exception") and "connectors" in path.parts and "system" not in path.parts


def _codes_in(node: ast.AST) -> Iterator[ast.expr]:
    """The code of a call that makes an error, and what a parameter ``code`` is or is by default."""
    if isinstance(node, ast.Call):
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called in _RAISING and node.args:
            yield node.args[0]
    if isinstance(node, ast.keyword) and node.arg == "code":
        yield node.value
    if isinstance(node, ast.FunctionDef):
        defaults = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        yield from (default for argument, default in defaults if argument.arg == "code" and default is not None)
