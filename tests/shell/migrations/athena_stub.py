"""Athena and Glue as boto3 sees them, over a home: requests and answers are held against AWS's own API model."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from owlake.catalog.model import Column, StorageDescriptor, Table
from owlake.dialect.parser import parse
from owlake.dialect.statement_types import statement_type
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session

Answer = dict[str, Any]


@dataclass
class Execution:
    """A query execution: it is queued, then runs, then is over."""

    id: str
    request: Answer
    submitted: datetime
    states: list[str] = field(default_factory=lambda: ["QUEUED", "RUNNING"])
    final: str = ""
    reason: str | None = None


@dataclass
class AthenaStub:
    """Runs statements in a session."""

    session: Session
    executions: dict[str, Execution] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, Answer]] = field(default_factory=list)

    @contextmanager
    def answering(self, *clients: Any) -> Iterator[None]:
        """Let the clients' calls come here instead of going over the network."""
        for client in clients:
            client.meta.events.register("before-call", self._answer, unique_id="stub")
        yield
        for client in clients:
            client.meta.events.unregister("before-call", unique_id="stub")

    def _answer(self, model: OperationModel, params: Answer, **_: object) -> tuple[AWSResponse, Answer]:
        request = json.loads(params["body"])
        self.calls.append((model.name, request))
        operation: Callable[[Answer], Answer] = getattr(self, f"_{_snake(model.name)}")
        try:
            answer = operation(request)
        except RefusedError as problem:
            error = {"Error": {"Code": problem.code, "Message": problem.text}, "ResponseMetadata": {}}
            return AWSResponse("", 400, {}, None), error
        report = ParamValidator().validate(answer, model.output_shape)
        assert not report.has_errors(), report.generate_report()
        return AWSResponse("", 200, {}, None), {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}}

    # Athena ---------------------------------------------------------------------------------------------

    def _start_query_execution(self, request: Answer) -> Answer:
        token = request["ClientRequestToken"]
        if not 32 <= len(token) <= 128:
            raise RefusedError("InvalidRequestException", "clientRequestToken is out of range")
        if token not in self.tokens:
            try:
                parse(request["QueryString"])
            except OwlakeError as problem:
                raise RefusedError("InvalidRequestException", str(problem)) from problem
            execution = Execution(str(uuid.uuid4()), request, datetime.now(UTC))
            self.executions[execution.id] = execution
            self.tokens[token] = execution.id
            self._run(execution)
        return {"QueryExecutionId": self.tokens[token]}

    def _run(self, execution: Execution) -> None:
        self.session.database = execution.request["QueryExecutionContext"]["Database"]
        try:
            for _ in self.session.execute(execution.request["QueryString"]):
                pass
            execution.final = "SUCCEEDED"
        except OwlakeError as problem:
            execution.final, execution.reason = "FAILED", str(problem)

    def _get_query_execution(self, request: Answer) -> Answer:
        execution = self.executions[request["QueryExecutionId"]]
        state = execution.states.pop(0) if execution.states else execution.final
        return {"QueryExecution": self._shown(execution, state)}

    def _batch_get_query_execution(self, request: Answer) -> Answer:
        found = [self.executions[one] for one in request["QueryExecutionIds"]]
        return {"QueryExecutions": [self._shown(one, one.final) for one in found]}

    def _list_query_executions(self, request: Answer) -> Answer:
        """Newest first, two a page."""
        ids = [one.id for one in reversed(self.executions.values()) if one.request["WorkGroup"] == request["WorkGroup"]]
        start = int(request.get("NextToken", "0"))
        more = {"NextToken": str(start + 2)} if start + 2 < len(ids) else {}
        found = {"QueryExecutionIds": ids[start : start + 2]} if ids else {}
        return {**found, **more}

    def _stop_query_execution(self, request: Answer) -> Answer:
        execution = self.executions[request["QueryExecutionId"]]
        execution.states, execution.final, execution.reason = [], "CANCELLED", "Query cancelled by user"
        return {}

    def _shown(self, execution: Execution, state: str) -> Answer:
        kind, detail = statement_type(parse(execution.request["QueryString"]))
        reason = {"StateChangeReason": execution.reason} if execution.reason and state == execution.final else {}
        return {
            "QueryExecutionId": execution.id,
            "Query": execution.request["QueryString"],
            "StatementType": kind,
            "SubstatementType": detail,
            "Status": {"State": state, "SubmissionDateTime": execution.submitted, **reason},
            "WorkGroup": execution.request["WorkGroup"],
        }

    # Glue -----------------------------------------------------------------------------------------------

    def _get_databases(self, _: Answer) -> Answer:
        with self._home.metastore.read() as reader:
            return {"DatabaseList": [{"Name": one.name} for one in reader.list_databases()]}

    def _get_tables(self, request: Answer) -> Answer:
        with self._home.metastore.read() as reader:
            return {"TableList": [_table(one) for one in reader.list_tables([request["DatabaseName"]])]}

    def _get_partitions(self, request: Answer) -> Answer:
        with self._home.metastore.read() as reader:
            found = reader.list_partitions(request["DatabaseName"], request["TableName"])
        return {
            "Partitions": [{"Values": list(one.values), "StorageDescriptor": _storage(one.storage)} for one in found]
        }

    @property
    def _home(self) -> Home:
        return self.session.home


class RefusedError(Exception):
    """AWS refuses a call."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def _table(table: Table) -> Answer:
    view = {"ViewOriginalText": table.view_original_text} if table.view_original_text else {}
    return {
        "Name": table.name,
        "DatabaseName": table.database,
        "TableType": table.table_type,
        "Parameters": dict(table.parameters),
        "StorageDescriptor": _storage(table.storage),
        "PartitionKeys": [_column(column) for column in table.partition_keys],
        **view,
    }


def _storage(storage: StorageDescriptor) -> Answer:
    return {
        "Columns": [_column(column) for column in storage.columns],
        "Location": storage.location,
        "InputFormat": storage.input_format,
        "OutputFormat": storage.output_format,
        "NumberOfBuckets": storage.number_of_buckets,
        "SerdeInfo": {
            **({"SerializationLibrary": storage.serde.library} if storage.serde.library else {}),
            "Parameters": dict(storage.serde.parameters),
        },
        "BucketColumns": list(storage.bucket_columns),
    }


def _column(column: Column) -> Answer:
    return {"Name": column.name, "Type": column.type, **({"Comment": column.comment} if column.comment else {})}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
