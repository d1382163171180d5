"""The DataFusion context of a session: the settings under which it means what owlake prints."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datafusion import SessionContext

_STACK_BYTES = 256 * 1024 * 1024

# Each is here because leaving it at its default gives a wrong answer, refuses right SQL, or hides new files.
_SETTINGS = {
    # The only dialect that reads both lambdas and double-quoted names.
    "datafusion.sql_parser.dialect": "duckdb",
    "datafusion.sql_parser.recursion_limit": "1000000",
    "datafusion.sql_parser.map_string_types_to_utf8view": "false",
    # Nanoseconds end in 2262.
    "datafusion.execution.parquet.coerce_int96": "us",
    # The first error of a rule must be the statement's, not a silent change of plan.
    "datafusion.optimizer.skip_failed_rules": "false",
    "datafusion.execution.time_zone": "UTC",
    # It leaves out rows that cannot change the aggregates of plain columns, and forgets those of expressions:
    # min(s), max(coalesce(i, 0)) missed the greatest.
    "datafusion.optimizer.enable_aggregate_dynamic_filter_pushdown": "false",
}

# Directory listings are cached for ever otherwise: files that come, change or go would not be seen.
_STATEMENTS = ("SET datafusion.runtime.list_files_cache_limit = '0K'",)

# Rules of the optimizer that give wrong answers.
_RULES = (
    # Sort keys are dropped where a key before them seems to determine them, after GROUP BY, a join, and GROUP BY again.
    "eliminate_duplicated_expr",
)


def create_context(*, memory_limit: int | None = None, target_partitions: int | None = None) -> SessionContext:
    """A context for one session.

    ``memory_limit`` in bytes makes sorts, joins and aggregates spill to disk beyond it.
    """
    # Expressions are evaluated on DataFusion's own threads, whose 2 MB end at a few hundred nested operators.
    # The memory is reserved, not used.
    os.environ.setdefault("RUST_MIN_STACK", str(_STACK_BYTES))
    from datafusion import RuntimeEnvBuilder, SessionConfig, SessionContext  # noqa: PLC0415

    config = SessionConfig()
    for name, value in _SETTINGS.items():
        config = config.set(name, value)
    if target_partitions is not None:
        config = config.with_target_partitions(target_partitions)
    runtime = RuntimeEnvBuilder().with_disk_manager_os()
    if memory_limit is not None:
        runtime = runtime.with_fair_spill_pool(memory_limit)
        # Several sorts take all of a pool, and then what merges them has nothing left and cannot spill.
        config = config.set("datafusion.optimizer.repartition_sorts", "false")
    context = SessionContext(config, runtime)
    for rule in _RULES:
        context.remove_optimizer_rule(rule)
    for statement in _STATEMENTS:
        context.sql(statement)
    return context
