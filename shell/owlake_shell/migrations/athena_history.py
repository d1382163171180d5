"""The history of migrations in S3: a JSON file for each run, and one for the lock.

<history>/runs/00000001-<run id>.json     one line, as the history's table in Athena reads it
<history>/lock.json                       who runs migrations now
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from owlake.catalog.migration_runs import Action, LockHolder, MigrationRun, RunState, StatementRun
from owlake_shell.migrations.problems import failed, invalid
from owlake_shell.migrations.target import locked_by, principal, process

_TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
_READERS: Final = 16

_TABLE: Final = """\
CREATE EXTERNAL TABLE IF NOT EXISTS {table} (
  id string, migration string, action string, state string, checksum string, environment string,
  principal string, process string, started timestamp, completed timestamp, seconds double, error string,
  statements array<struct<number:int,line:int,text:string,state:string,took_effect:boolean,query_id:string,
    started:timestamp,completed:timestamp,error:string>>
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION '{location}'"""


@contextmanager
def aws_errors() -> Iterator[None]:
    """What AWS refuses, or that it cannot be reached, as an error of ours."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (an extra)

    try:
        yield
    except (BotoCoreError, ClientError) as problem:
        hint = (
            "See to credentials, region and network; a migration that was running goes on with `owlake migrate repair`"
        )
        raise failed(f"AWS: {problem}", hint=hint) from problem


class AthenaHistory:
    """Runs and lock below an ``s3://`` folder."""

    def __init__(self, s3: Any, location: str) -> None:
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        if not location.startswith("s3://") or not bucket:
            raise invalid(location, "this is no folder in S3", hint='Write history = "s3://bucket/folder/"')
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix.rstrip("/") + "/" if prefix.strip("/") else ""
        self._keys: dict[str, str] | None = None
        self._held: dict[str, Any] | None = None

    @property
    def is_new(self) -> bool:
        """Whether nothing has been run yet."""
        return not self._known_keys()

    def table_ddl(self, table: str) -> str:
        """The statement that makes the table over the runs."""
        return _TABLE.format(table=table, location=f"s3://{self._bucket}/{self._prefix}runs/")

    # The lock -------------------------------------------------------------------------------------------

    def acquire(self, command: str, now: datetime) -> None:
        """Take the lock. Errors: MIGRATION_LOCKED, with who has it."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        holder: dict[str, Any] = {"principal": principal(), "process": process(), "command": command}
        holder["since"] = _text(now)
        with aws_errors():
            try:
                self._put("lock.json", holder, IfNoneMatch="*")
            except ClientError as problem:
                if problem.response["Error"]["Code"] not in _TAKEN:
                    raise
                known = self._lock()
                if known is None:
                    raise
                theirs = LockHolder(known["principal"], known["process"], known["command"], _moment(known["since"]))
                hint = "Wait until it is done; if that process is gone, run `owlake migrate repair --unlock`"
                raise locked_by(theirs, hint=hint) from None
        self._held = holder

    def release(self) -> None:
        """Give the lock back, unless somebody broke it and has it now."""
        held, self._held = self._held, None
        with aws_errors():
            if held is not None and self._lock() == held:
                self.break_lock()

    def break_lock(self) -> None:
        """Take the lock away, whoever has it."""
        with aws_errors():
            self._s3.delete_object(Bucket=self._bucket, Key=f"{self._prefix}lock.json")

    def _lock(self) -> dict[str, Any] | None:
        try:
            return self._get(f"{self._prefix}lock.json")
        except self._s3.exceptions.NoSuchKey:
            return None

    # Runs -----------------------------------------------------------------------------------------------

    def runs(self) -> list[MigrationRun]:
        """Every run, oldest first."""
        self._keys = None
        keys = sorted(self._known_keys().values())
        with aws_errors(), ThreadPoolExecutor(_READERS) as readers:
            return [_run(document) for document in readers.map(self._get, keys)]

    def record(self, run: MigrationRun) -> None:
        """Write the run as it stands now."""
        keys = self._known_keys()
        if run.id not in keys:
            keys[run.id] = f"{self._prefix}runs/{len(keys) + 1:08}-{run.id}.json"
        with aws_errors():
            self._put(keys[run.id].removeprefix(self._prefix), _document(run))

    def _known_keys(self) -> dict[str, str]:
        """The file of each run; under the lock nobody else makes one."""
        if self._keys is None:
            with aws_errors():
                pages = self._s3.get_paginator("list_objects_v2").paginate(
                    Bucket=self._bucket, Prefix=f"{self._prefix}runs/"
                )
                found = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
            self._keys = {key.rpartition("-")[2].removesuffix(".json"): key for key in found if key.endswith(".json")}
        return self._keys

    def _put(self, name: str, document: dict[str, Any], **conditions: str) -> None:
        body = (json.dumps(document, ensure_ascii=False) + "\n").encode()
        self._s3.put_object(
            Bucket=self._bucket, Key=f"{self._prefix}{name}", Body=body, ContentType="application/json", **conditions
        )

    def _get(self, key: str) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        return body


def _document(run: MigrationRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "migration": run.migration,
        "action": run.action.value,
        "state": run.state.value,
        "checksum": run.checksum,
        "environment": run.environment,
        "principal": run.principal,
        "process": run.process,
        "started": _text(run.started),
        "completed": _text(run.completed),
        "seconds": run.seconds,
        "error": run.error,
        "statements": [
            {
                "number": one.number,
                "line": one.line,
                "text": one.text,
                "state": one.state.value,
                "took_effect": one.took_effect,
                "query_id": one.query_id,
                "started": _text(one.started),
                "completed": _text(one.completed),
                "error": one.error,
            }
            for one in run.statements
        ],
    }


def _run(document: dict[str, Any]) -> MigrationRun:
    times = {name: _moment(document[name]) if document[name] else None for name in ("started", "completed")}
    states = {"action": Action(document["action"]), "state": RunState(document["state"])}
    statements = tuple(_statement(one) for one in document["statements"])
    return MigrationRun(**{**document, **times, **states, "statements": statements})


def _statement(document: dict[str, Any]) -> StatementRun:
    fields = {name: value for name, value in document.items() if name != "took_effect"}
    times = {name: _moment(document[name]) if document[name] else None for name in ("started", "completed")}
    took_effect = document["took_effect"]
    effects = None if took_effect is None else int(took_effect)
    return StatementRun(**{**fields, **times, "state": RunState(document["state"]), "effects": effects})


def _text(moment: datetime | None) -> str | None:
    """As Athena's JSON SerDe reads a timestamp."""
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
