"""The pages of docs/ that the function registry writes: every function, and how far the library is Trino's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from owlake.functions.registry import REGISTRY, Execution, Function
from tests.documentation.errors import errors_page
from tests.documentation.procedures import procedures_page
from tests.documentation.properties import properties_page
from tests.documentation.screens import shell_page
from tests.documentation.system_tables import system_tables_page
from tests.documentation.trino_functions import FUNCTIONS

# Names that are syntax: analysis reads them, no overload is registered under them.
_SYNTAX = """
    cast try_cast coalesce if nullif try format position grouping listagg current_date current_time current_timestamp
    localtime localtimestamp current_user current_catalog current_schema json_array json_exists json_object json_query
    json_value extract
"""
SYNTAX = frozenset(_SYNTAX.split())

APPROXIMATE = {
    "approx_distinct": "counted by DataFusion's HyperLogLog, of 1.6 % standard error",
    "approx_set": "sketches are Athena's to the byte; the estimate of dense ones is Ertl's",
    "cardinality": "of sketches; exact for arrays and maps",
    "numeric_histogram": "the closest buckets are merged first, of all values at once",
    "tdigest_agg": "centroids follow the same scale function, all values at once",
    "qdigest_agg": "within the same error; nodes are merged of all values at once",
    "value_at_quantile": "of digests",
    "values_at_quantiles": "of digests",
    "quantile_at_value": "of digests",
    "make_set_digest": "exact up to 8,191 different values",
    "jaccard_index": "of set digests",
    "intersection_cardinality": "exact while both sets are",
}
"""What is about right by design, and how."""

_LEARNING = "trained models are not part of Athena's documented functions"
_INTERNAL = "part of how Trino itself joins by space"
_NEWER = "newer than Athena's engine version 3"
ABSENT = {
    "classify": _LEARNING,
    "features": _LEARNING,
    "learn_classifier": _LEARNING,
    "learn_libsvm_classifier": _LEARNING,
    "learn_libsvm_regressor": _LEARNING,
    "learn_regressor": _LEARNING,
    "regress": _LEARNING,
    "array_first": _NEWER,
    "array_last": _NEWER,
    "random_string": _NEWER,
    "theta_sketch_cardinality": _NEWER,
    "theta_sketch_union": _NEWER,
    "spatial_partitioning": _INTERNAL,
    "spatial_partitions": _INTERNAL,
}
"""What is not there, and why."""

BAR = "\\|"
_GENERATED = "<!-- Written by `python -m tests.documentation`; a test holds it to the registry. -->\n"


def functions_page() -> str:
    """docs/functions.md: each function with its signatures, by family."""
    lines = [
        "# Functions",
        "",
        _GENERATED,
        "Every function that a query may call, with its overloads as `SHOW FUNCTIONS` lists them. What each means is",
        "in [Trino's documentation](https://trino.io/docs/current/functions.html).",
    ]
    by_family: dict[str, list[Function]] = {}
    for function in REGISTRY.functions():
        by_family.setdefault(function.family, []).append(function)
    for family, functions in sorted(by_family.items()):
        lines += ["", f"## {family.capitalize()}", "", "| function | returns | |", "| --- | --- | --- |"]
        lines += [_row(function) for function in functions]
    return "\n".join(lines) + "\n"


def _row(function: Function) -> str:
    cells = (f"`{function.signature}`", f"`{function.signature.result}`", function.description)
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def conformance_page() -> str:
    """docs/conformance.md: per topic of Trino's documentation how many functions there are, and how each runs."""
    registered = {function.name: function for function in REGISTRY.functions()}
    lines = [
        "# Conformance of the function library",
        "",
        _GENERATED,
        "| topic | documented | here | exact | approximate by design | absent |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for topic, names in FUNCTIONS.items():
        here = [name for name in names if name in registered or name in SYNTAX]
        about = [name for name in here if name in APPROXIMATE]
        cells = (topic, len(names), len(here), len(here) - len(about), len(about), len(names) - len(here))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    documented = {name for names in FUNCTIONS.values() for name in names}
    lines += ["", "## Absent", "", *_reasons(name for name in sorted(documented) if name in ABSENT)]
    lines += ["", "## Approximate by design", "", *(f"- `{name}`: {how}" for name, how in sorted(APPROXIMATE.items()))]
    lines += ["", "## How functions run", "", *_executions()]
    return "\n".join(lines) + "\n"


def _reasons(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield f"- `{name}`: {ABSENT[name]}"


def executions() -> dict[Execution, set[str]]:
    """Names by the slowest way that one of their overloads runs."""
    order = list(Execution)
    slowest: dict[str, Execution] = {}
    for function in REGISTRY.functions():
        known = slowest.get(function.name, Execution.NATIVE)
        slowest[function.name] = max(known, function.execution, key=order.index)
    return {kind: {name for name, one in slowest.items() if one is kind} for kind in order}


def _executions() -> Iterator[str]:
    found = executions()
    total = sum(map(len, found.values()))
    counts = ", ".join(f"{len(names)} {kind.value}" for kind, names in found.items())
    share = 100 * (1 - len(found[Execution.VALUE]) / total)
    yield f"Of {total} names: {counts}. A name counts by the slowest of its overloads."
    yield f"So {share:.1f} % are native or computed over whole arrays; the goal is 85 % at least."
    yield ""
    yield f"Computed value by value, in Python ({len(found[Execution.VALUE])}):"
    yield ""
    yield ", ".join(f"`{name}`" for name in sorted(found[Execution.VALUE]))


PAGES = {
    "docs/functions.md": functions_page,
    "docs/conformance.md": conformance_page,
    "docs/errors.md": errors_page,
    "docs/procedures.md": procedures_page,
    "docs/properties.md": properties_page,
    "docs/shell.md": shell_page,
    "docs/system-tables.md": system_tables_page,
}
"""The pages and what writes each."""
