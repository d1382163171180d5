"""The steps of processing, each on its own."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import jq
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlake_connectors.firehose.processing.deaggregation import Deaggregation, delimited, json_values
from owlake_connectors.firehose.processing.log_events import decompress, extract_messages
from owlake_connectors.firehose.processing.partition_keys import MetadataExtraction, NoKeys
from owlake_connectors.firehose.processing.records import Outcome, Records, Source
from owlake_connectors.firehose.processing.transformation import InvocationError, Transformation


def records(*data: bytes) -> Records:
    return Records.of(Source(pa.array(data, pa.binary()), np.arange(len(data), dtype=np.int64) * 1_000_000))


def data_of(outcome: Outcome) -> list[bytes]:
    return outcome.records.data.to_pylist()


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (b'{"a":1}{"b":2}', [b'{"a":1}', b'{"b":2}']),
        (b'{"a":1}\n{"b": [1, 2]}\n', [b'{"a":1}', b'{"b": [1, 2]}']),
        (b'{"a":"\xc3\xa9"} {"b":2}', [b'{"a":"\xc3\xa9"}', b'{"b":2}']),
        # What is no sequence of values passes as it is, and so does what has too many.
        (b'{"a":1}{', [b'{"a":1}{']),
        (b"", [b""]),
        (b"1 " * 501, [b"1 " * 501]),
        (b"1 " * 500, [b"1"] * 500),
    ],
)
def test_json_values_are_taken_apart(record: bytes, found: list[bytes]) -> None:
    outcome = Deaggregation(json_values)(records(b"0", record))
    assert data_of(outcome) == [b"0", *found]
    assert outcome.records.origins.tolist() == [0] + [1] * len(found)


def test_pieces_between_delimiters_are_taken_apart() -> None:
    assert data_of(Deaggregation(delimited(b"|"))(records(b"a|b|", b"c|d", b"e"))) == [b"a", b"b", b"c", b"d", b"e"]


def test_events_of_logs() -> None:
    event = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": "one"}, {"message": "two"}]}
    packed = gzip.compress(json.dumps(event).encode())
    control = gzip.compress(json.dumps({"messageType": "CONTROL_MESSAGE"}).encode())
    plain = decompress(records(packed, b"no", packed[:-9], control))
    assert [one.origin for one in plain.failures] == [1, 2]
    messages = extract_messages(plain.records)
    assert data_of(messages) == [b"one\ntwo\n"]
    assert messages.records.origins.tolist() == [0]


# Keys ---------------------------------------------------------------------------------------------------

_leaf = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_value = st.recursive(
    _leaf, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abx"), inner, max_size=3)
)
_document = st.dictionaries(st.sampled_from(["a", "b", "x"]), _value | st.dictionaries(st.just("c"), _value))


@given(st.lists(_document, max_size=5))
def test_the_fast_way_gives_what_jq_gives(documents: list[Any]) -> None:
    query = "{first: .a, second: .b.c}"
    program = jq.compile(query)
    data = [json.dumps(one).encode() for one in documents]
    for found, text in zip(MetadataExtraction(query).keys(data), data, strict=True):
        try:
            expected = program.input_text(text.decode()).first()
        except ValueError:
            assert isinstance(found, NoKeys)
            continue
        values = [expected["first"], expected["second"]]
        if any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in values):
            assert isinstance(found, NoKeys)
        else:
            texts = [one if isinstance(one, str) else json.dumps(one) for one in values]
            assert found == dict(zip(("first", "second"), texts, strict=True))


def test_expressions_of_jq() -> None:
    extraction = MetadataExtraction('{year: (.at | strftime("%Y")), kind: (.k // "none")}')
    found = extraction.keys([b'{"at":0,"k":"x"}', b'{"at":1e9}', b"{}{}", b"1"])
    assert found[:2] == [{"year": "1970", "kind": "x"}, {"year": "2001", "kind": "none"}]
    assert all(isinstance(one, NoKeys) for one in found[2:])


# Functions ----------------------------------------------------------------------------------------------


def transformed(answer: Any, *data: bytes, retries: int = 0) -> Outcome:
    return Transformation(answer, "upper", retries, 1 << 20, "clicks")(records(*data))


def answering(*results: str) -> Any:
    def function(event: Any) -> Any:
        return {
            "records": [
                {
                    "recordId": one["recordId"],
                    "result": result,
                    "data": base64.b64encode(base64.b64decode(one["data"]).upper()).decode(),
                    "metadata": {"partitionKeys": {"result": result}},
                }
                for one, result in zip(event["records"], results, strict=False)
            ]
        }

    return function


def test_a_function_gives_records_back() -> None:
    outcome = transformed(answering("Ok", "Dropped", "ProcessingFailed"), b"a", b"b", b"c", b"d")
    assert data_of(outcome) == [b"A"]
    assert outcome.records.keys == [{("partitionKeyFromLambda", "result"): "Ok"}]
    assert [(one.origin, one.code) for one in outcome.failures] == [
        (2, "Lambda.ProcessingFailedStatus"),
        (3, "Lambda.MissingRecordId"),
    ]


def test_a_function_that_fails_is_called_again() -> None:
    calls = []

    def function(event: Any) -> Any:
        calls.append(event)
        if len(calls) < 3:
            raise InvocationError("Lambda.FunctionError", "no")
        return answering("Ok")(event)

    assert data_of(transformed(function, b"a", retries=3)) == [b"A"]
    calls.clear()
    outcome = transformed(function, b"a", retries=1)
    assert data_of(outcome) == []
    assert [(one.code, one.attempts, one.details) for one in outcome.failures] == [
        ("Lambda.FunctionError", 2, {"lambdaArn": "upper"})
    ]


@pytest.mark.parametrize("answer", [None, {}, {"records": 1}, {"records": ["x"]}])
def test_an_answer_that_is_none_fails_the_records(answer: Any) -> None:
    (failure,) = transformed(lambda _: answer, b"a").failures
    assert failure.code == "Lambda.JsonProcessingException"


def test_an_invocation_gets_as_much_as_it_may() -> None:
    sizes = []

    def function(event: Any) -> Any:
        sizes.append(len(event["records"]))
        return answering(*["Ok"] * len(event["records"]))(event)

    data = [b"x" * 400] * 5
    outcome = Transformation(function, "f", 0, 1000, "clicks")(records(*data))
    assert sizes == [2, 2, 1]
    assert data_of(outcome) == [b"X" * 400] * 5
