"""The tables of ``system.runtime``: what runs, ran and may run, and how the engine is set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from owlake.spi import MOMENT, TEXTS, TEXTS_BY_NAME, Asked, Domain, Row, rows_definition, types
from owlake_connectors.system.conditions import values_of

_TEXT = types.VARCHAR
_LIMITS = types.Array(
    types.Row(
        (
            types.RowField("bytes_scanned", types.BIGINT),
            types.RowField("period_in_minutes", types.BIGINT),
            types.RowField("action", types.VARCHAR),
        )
    )
)


def _queries(asked: Asked) -> Iterator[Row]:
    constraint = asked.scan.constraint
    executions = asked.home.history.executions(
        ids=values_of(constraint.get("query_id")),
        states=values_of(constraint.get("state")),
        workgroups=values_of(constraint.get("workgroup")),
        since=_least(constraint.get("submitted")),
    )
    for one in executions:
        yield (
            one.id, one.query, one.statement_type, one.substatement_type, one.catalog, one.database, one.principal,
            one.workgroup, one.output_location or None, one.state.value, one.state_change_reason, one.submitted,
            one.completed, one.planning_time, one.engine_time, one.rows, one.bytes_scanned,
            one.error.code if one.error else None, str(one.error) if one.error else None,
            "\n".join(map(str, one.warnings)), one.cost, one.reused_previous_result,
        )  # fmt: skip


def _least(domain: Domain | None) -> datetime | None:
    """The earliest moment that matters; None where any may."""
    if domain is None:
        return None
    bounds = list(domain.values) if domain.values is not None else [one.low for one in domain.ranges or ()]
    moments = [bound for bound in bounds if isinstance(bound, datetime)]
    return min(moments, default=None) if len(moments) == len(bounds) else None


QUERIES = rows_definition(
    _queries,
    ("query_id", _TEXT, "The execution's id"),
    ("query", _TEXT, "The statement as written"),
    ("statement_type", _TEXT, "DDL, DML or UTILITY"),
    ("substatement_type", _TEXT, "SELECT, INSERT, CREATE_TABLE_AS_SELECT, ..."),
    ("catalog", _TEXT, "The session's catalog"),
    ("database", _TEXT, "The session's database"),
    ("principal", _TEXT, "Who ran it"),
    ("workgroup", _TEXT, "The workgroup that it ran in"),
    ("output_location", _TEXT, "The file of its result, or how the names of its manifest and metadata begin"),
    ("state", _TEXT, "RUNNING, SUCCEEDED, FAILED or CANCELLED"),
    ("state_change_reason", _TEXT, "Why it failed or was cancelled, in Athena's words or those of whoever killed it"),
    ("submitted", MOMENT, "When it came"),
    ("completed", MOMENT, "When it ended"),
    ("planning_time", types.DOUBLE, "Seconds from text to plan"),
    ("engine_time", types.DOUBLE, "Seconds from plan to the last row"),
    ("rows", types.BIGINT, "Rows given or written"),
    ("bytes_scanned", types.BIGINT, "Bytes read"),
    ("error_code", _TEXT, "Athena's error name"),
    ("error_message", _TEXT, "Athena's text"),
    ("warnings", _TEXT, "What Athena would have refused, a line each"),
    ("cost_usd", types.DOUBLE, "What Athena would charge at 5 USD per TB"),
    ("reused_previous_result", types.BOOLEAN, "Whether the rows are those of an earlier execution"),
)


def _plugins(asked: Asked) -> Iterator[Row]:
    for one in asked.home.plugins.found():
        state = "LOADED" if one.error is None else "FAILED"
        yield one.name, one.distribution, one.version, state, list(one.hooks), one.error


PLUGINS = rows_definition(
    _plugins,
    ("name", _TEXT, "The name of its entry point"),
    ("distribution", _TEXT, "What it was installed with"),
    ("version", _TEXT, "The distribution's version"),
    ("state", _TEXT, "LOADED or FAILED"),
    ("hooks", TEXTS, "What it adds: the hooks that it implements"),
    ("error", _TEXT, "Why it, or a part of it, is missing"),
)


def _settings(asked: Asked) -> Iterator[Row]:
    for one in asked.session.properties:
        yield "SESSION", one.name, one.value, one.default, one.description
    yield "HOME", "path", str(asked.home.path), None, "The home's directory"
    endpoint = asked.home.storage.endpoint
    if endpoint is None:
        return
    hidden = {
        name: "***" if value else None
        for name, value in (("access_key", endpoint.access_key), ("secret_key", endpoint.secret_key))
    }
    shown = {
        "endpoint_url": endpoint.endpoint_url,
        "region": endpoint.region,
        "path_style": str(endpoint.path_style).lower(),
        **hidden,
    }
    for name, value in shown.items():
        yield "HOME", f"storage.s3.{name}", value, None, "Where s3:// is"


SETTINGS = rows_definition(
    _settings,
    ("scope", _TEXT, "SESSION: of the session that asks; HOME: of every session"),
    ("name", _TEXT, "The session property, or the setting of config.toml"),
    ("value", _TEXT, "What it is now"),
    ("default_value", _TEXT, "What it is where nobody says"),
    ("description", _TEXT, "What it does"),
)


def _workgroups(asked: Asked) -> Iterator[Row]:
    workgroups = asked.home.workgroups
    for one in workgroups.list():
        settings = one.configuration
        limits = [
            (limit.bytes_scanned, limit.period_in_minutes, limit.action) for limit in settings.data_usage_limits or ()
        ]
        yield (
            one.name, one.state, one.description, one.creation_time, settings.result_configuration.output_location,
            settings.enforce_work_group_configuration, settings.bytes_scanned_cutoff_per_query, limits,
            settings.publish_cloud_watch_metrics_enabled, settings.requester_pays_enabled,
            settings.engine_version.effective_engine_version, list(settings.properties.items()),
            [(tag.key, tag.value or "") for tag in workgroups.tags(one.name)],
        )  # fmt: skip


WORKGROUPS = rows_definition(
    _workgroups,
    ("name", _TEXT, "Its name"),
    ("state", _TEXT, "ENABLED or DISABLED"),
    ("description", _TEXT, "What it is for"),
    ("creation_time", MOMENT, "When it was made"),
    ("output_location", _TEXT, "The folder of results"),
    ("enforced", types.BOOLEAN, "Whether its settings win over the session's"),
    ("bytes_scanned_cutoff_per_query", types.BIGINT, "Bytes at which a statement is cancelled"),
    ("data_usage_limits", _LIMITS, "Bytes of all its statements in a time, and what follows: ALARM or CANCEL"),
    ("publish_metrics", types.BOOLEAN, "Whether metrics are published"),
    ("requester_pays", types.BOOLEAN, "Whether its members may read buckets whose requester pays"),
    ("engine_version", _TEXT, "Athena's engine"),
    ("engine_properties", TEXTS_BY_NAME, "Session properties"),
    ("tags", TEXTS_BY_NAME, "Tags"),
)


def _named_queries(asked: Asked) -> Iterator[Row]:
    for one in asked.home.named_queries.list():
        yield one.named_query_id, one.name, one.description, one.database, one.query_string, one.work_group


NAMED_QUERIES = rows_definition(
    _named_queries,
    ("named_query_id", _TEXT, "Its id"),
    ("name", _TEXT, "Its name; several may have the same"),
    ("description", _TEXT, "What it is for"),
    ("database", _TEXT, "The database that it is run in"),
    ("query_string", _TEXT, "Its text"),
    ("workgroup", _TEXT, "The workgroup that it belongs to"),
)


def _prepared_statements(asked: Asked) -> Iterator[Row]:
    for one in asked.home.prepared_statements.list():
        yield one.work_group_name, one.statement_name, one.query_statement, one.description, one.last_modified_time


PREPARED_STATEMENTS = rows_definition(
    _prepared_statements,
    ("workgroup", _TEXT, "The workgroup that it belongs to"),
    ("name", _TEXT, "Its name"),
    ("statement", _TEXT, "Its text, with ? for values"),
    ("description", _TEXT, "What it is for"),
    ("last_modified_time", MOMENT, "When it was last changed"),
)


def _alarms(asked: Asked) -> Iterator[Row]:
    for one in asked.home.history.alarms():
        yield one.raised, one.workgroup, one.bytes_limit, one.period_in_minutes, one.bytes_scanned, one.query_id


ALARMS = rows_definition(
    _alarms,
    ("raised", MOMENT, "When the limit was passed"),
    ("workgroup", _TEXT, "Whose limit it is"),
    ("bytes_limit", types.BIGINT, "The limit"),
    ("period_in_minutes", types.BIGINT, "Its period"),
    ("bytes_scanned", types.BIGINT, "What was scanned in the period"),
    ("query_id", _TEXT, "The execution that passed the limit"),
)


def _clock(asked: Asked) -> Iterator[Row]:
    clock = asked.home.clock.state()
    yield "VIRTUAL" if clock.is_virtual else "REAL", clock.now(), clock.target


CLOCK = rows_definition(
    _clock,
    ("mode", _TEXT, "REAL, or VIRTUAL: it stands still until somebody moves it"),
    ("now", MOMENT, "The home's time"),
    ("target", MOMENT, "Where it is on its way to, running what falls due"),
)


def _tasks(asked: Asked) -> Iterator[Row]:
    for one in asked.home.scheduler.tasks():
        problem = one.last_error
        yield (
            one.name, one.kind, one.owner, json.dumps(one.arguments, ensure_ascii=False, separators=(",", ":")),
            one.schedule, one.time_zone, one.state.value, one.created, one.due, one.attempts, one.last_started,
            one.last_ended, one.last_failed, problem.code if problem else None, problem.message if problem else None,
        )  # fmt: skip


TASKS = rows_definition(
    _tasks,
    ("name", _TEXT, "Its name"),
    ("kind", _TEXT, "Whose work it is"),
    ("owner", _TEXT, "The catalog or plugin that it belongs to"),
    ("arguments", types.JSON, "What its handler is told"),
    ("schedule", _TEXT, "When it recurs; NULL for one that runs once"),
    ("time_zone", _TEXT, "Where the schedule's times are"),
    ("state", _TEXT, "SCHEDULED, RUNNING, SUCCEEDED, FAILED or CANCELLED"),
    ("created", MOMENT, "When it was made"),
    ("due", MOMENT, "When it runs next, or ran last"),
    ("attempts", types.BIGINT, "Runs begun since the last success"),
    ("last_started", MOMENT, "When it last began"),
    ("last_ended", MOMENT, "When it last ended"),
    ("last_failed", MOMENT, "When it last failed"),
    ("error_code", _TEXT, "The code of that failure"),
    ("error_message", _TEXT, "What that failure was; it stays when a later run succeeds"),
)

TABLES = {
    "alarms": ALARMS,
    "clock": CLOCK,
    "named_queries": NAMED_QUERIES,
    "plugins": PLUGINS,
    "prepared_statements": PREPARED_STATEMENTS,
    "queries": QUERIES,
    "settings": SETTINGS,
    "tasks": TASKS,
    "workgroups": WORKGROUPS,
}
"""The tables by name."""
