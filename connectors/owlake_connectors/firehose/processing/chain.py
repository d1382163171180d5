"""The steps that a delivery stream does, in the documented order, whatever the order they are configured in.

https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-flow.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from owlake.spi import Home
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.configuration import MEGABYTE, is_converting, processors_of
from owlake_connectors.firehose.model import SQL, Destination, Keys
from owlake_connectors.firehose.prefixes import FROM_QUERY
from owlake_connectors.firehose.processing.deaggregation import Deaggregation, delimited, json_values
from owlake_connectors.firehose.processing.log_events import decompress, extract_messages
from owlake_connectors.firehose.processing.partition_keys import MetadataExtraction, NoKeys
from owlake_connectors.firehose.processing.records import Failure, Outcome, Records, Step
from owlake_connectors.firehose.processing.sql import SqlTransformation
from owlake_connectors.firehose.processing.transformation import Function, Transformation
from owlake_connectors.firehose.shapes import Processor, ProcessorType

FindFunction = Callable[[str], Function]
"""The function that a ``LambdaArn`` names. Errors: InvalidArgumentException."""

_ORDER: Sequence[ProcessorType] = (
    "Decompression",
    "CloudWatchLogProcessing",
    "RecordDeAggregation",
    "Lambda",
    "MetadataExtraction",
    "AppendDelimiterToRecord",
)
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\\\": "\\"}
_RETRIES, _BATCH_MEGABYTES = "3", "1"


@dataclass(frozen=True, slots=True)
class ChainOf:
    """What the steps of a delivery stream need to know of it."""

    stream: str
    source_arn: str | None
    destination: Destination
    find_function: FindFunction
    home: Home


def steps_of(chain: ChainOf) -> list[Step]:
    """The steps. Errors: InvalidArgumentException, for what they cannot be made of."""
    processors = processors_of(chain.destination.processing)
    found = sorted(processors, key=lambda one: _ORDER.index(one.type))
    return [step for one in found if (step := _MAKERS[one.type](one, chain)) is not None]


def _decompression(processor: Processor, _: ChainOf) -> Step:
    if processor.parameter("CompressionFormat", "GZIP") != "GZIP":
        raise errors.invalid_argument("CompressionFormat of the processor Decompression must be GZIP")
    return decompress


def _log_processing(processor: Processor, _: ChainOf) -> Step | None:
    return extract_messages if processor.parameter("DataMessageExtraction", "false") == "true" else None


def _deaggregation(processor: Processor, _: ChainOf) -> Step:
    match processor.parameter("SubRecordType"):
        case "JSON":
            return Deaggregation(json_values)
        case "DELIMITED":
            return Deaggregation(delimited(_decoded(processor.parameter("Delimiter"))))
    raise errors.invalid_argument("SubRecordType of the processor RecordDeAggregation must be JSON or DELIMITED")


def _decoded(text: str | None) -> bytes:
    try:
        found = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        raise errors.invalid_argument("Delimiter of the processor RecordDeAggregation must be some text in base64")
    return found


def _lambda(processor: Processor, chain: ChainOf) -> Step:
    arn = processor.parameter("LambdaArn")
    if arn is None:
        raise errors.invalid_argument("The processor Lambda must have a LambdaArn")
    if arn.startswith(SQL):
        return SqlTransformation(chain.home, arn)
    return Transformation(
        chain.find_function(arn),
        arn,
        int(_number(processor.parameter("NumberOfRetries", _RETRIES), "NumberOfRetries", 300)),
        int(_number(processor.parameter("BufferSizeInMBs", _BATCH_MEGABYTES), "BufferSizeInMBs", 3) * MEGABYTE),
        chain.stream,
        chain.source_arn,
    )


def _number(text: str | None, name: str, most: float) -> float:
    try:
        found = float(text or "")
    except ValueError:
        found = -1
    if not 0 <= found <= most:
        raise errors.invalid_argument(f"{name} of the processor Lambda must be a number from 0 to {most}: {text}")
    return found


def _metadata(processor: Processor, _: ChainOf) -> Step:
    query = processor.parameter("MetadataExtractionQuery")
    if query is None:
        raise errors.invalid_argument("The processor MetadataExtraction must have a MetadataExtractionQuery")
    extraction = MetadataExtraction(query)
    extraction.check()
    return lambda records: _with_keys(records, extraction)


def _with_keys(records: Records, extraction: MetadataExtraction) -> Outcome:
    found = extraction.keys(records.data.to_pylist())
    # Records of one partition mostly share their keys: these are looked at once.
    several = {id(one): one for one in found}
    failures: list[Failure] = []
    if any(isinstance(one, NoKeys) for one in several.values()):
        failures = [
            Failure(int(records.origins[place]), "DynamicPartitioning.MetadataExtractionFailed", one.reason)
            for place, one in enumerate(found)
            if isinstance(one, NoKeys)
        ]
        places = [place for place, one in enumerate(found) if not isinstance(one, NoKeys)]
        records = records.picked(places)
        found = [found[place] for place in places]
    renamed = {
        id_: {(FROM_QUERY, name): value for name, value in one.items()}
        for id_, one in several.items()
        if not isinstance(one, NoKeys)
    }
    keys: list[Keys] = list(map(renamed.__getitem__, map(id, found)))
    if records.keys is not None:
        keys = [{**before, **now} for before, now in zip(records.keys, keys, strict=True)]
    return Outcome(replace(records, keys=keys), failures)


def _delimiter(processor: Processor, chain: ChainOf) -> Step | None:
    lake = chain.destination.lake
    if lake is not None and is_converting(lake):
        return None
    text = processor.parameter("Delimiter", "\\n") or ""
    for escape, character in _ESCAPES.items():
        text = text.replace(escape, character)
    scalars = pa.scalar(text.encode(), pa.binary()), pa.scalar(b"", pa.binary())
    return lambda records: Outcome(
        replace(records, data=pc.binary_join_element_wise(records.data, scalars[0], scalars[1]))
    )


_MAKERS: Mapping[ProcessorType, Callable[[Processor, ChainOf], Step | None]] = {
    "Decompression": _decompression,
    "CloudWatchLogProcessing": _log_processing,
    "RecordDeAggregation": _deaggregation,
    "Lambda": _lambda,
    "MetadataExtraction": _metadata,
    "AppendDelimiterToRecord": _delimiter,
}
