"""What a delivery stream does: its destination's configuration, checked once and made of what the service defaults to.

https://docs.aws.amazon.com/firehose/latest/dev/create-destination.html; prefixes:
https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html; partitions:
https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-enable.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from owlake.spi import OwlakeError, RecordFormat, Type, json_records, types
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.compression import ENDINGS
from owlake_connectors.firehose.error_records import ErrorType
from owlake_connectors.firehose.names import bucket_of
from owlake_connectors.firehose.prefixes import Facts, Prefix, default_error_prefix, parse_prefix, with_default_time
from owlake_connectors.firehose.shapes import (
    BufferingHints,
    CompressionFormat,
    DataFormatConversionConfiguration,
    ExtendedS3DestinationConfiguration,
    HiveJsonSerDe,
    HttpEndpointDestinationConfiguration,
    InputFormatConfiguration,
    OpenXJsonSerDe,
    ProcessingConfiguration,
    Processor,
    S3DestinationConfiguration,
)

MEGABYTE = 1 << 20
LONGEST_RECORD = 1_024_000
DEFAULT_SIZE, DEFAULT_INTERVAL = 5, 300
CONVERTED_SIZE, PARTITIONED_SIZE = 128, 64
"""The default size in MB of a buffer whose records are converted, and the least one of those and of partitions."""
MOST_PARTITIONS = 500
MOST_REQUESTED = 10_000
"""Records in a request to an endpoint."""
_LARGEST_REQUEST = (64 * MEGABYTE - 1000 - 20 * MOST_REQUESTED) * 3 // 4 - LONGEST_RECORD
"""Bytes of records whose request, in base64 and with what stands between, has at most 64 MiB; one more is too much."""


@dataclass(frozen=True, slots=True)
class Buffering:
    """When what is gathered is delivered: at so many bytes or records, or so long after its first record arrived."""

    bytes: int
    seconds: int
    records: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the lake objects are put.

    Attributes:
        zone: The time zone of prefixes and names.
        ending: What names end with; None: what the compression or format says.
    """

    bucket: str
    prefix: Prefix
    error_prefix: Prefix
    compression: CompressionFormat
    buffering: Buffering
    zone: str = "UTC"
    ending: str | None = None

    @property
    def name_ending(self) -> str:
        """What the names of objects end with that are not converted."""
        return ENDINGS[self.compression] if self.ending is None else self.ending


def buffering_of(hints: BufferingHints | None, *, size: int = DEFAULT_SIZE) -> Buffering:
    """The buffering that hints ask for; both or neither.

    Errors: InvalidArgumentException.
    """
    if hints is None or (hints.size_in_mbs is None and hints.interval_in_seconds is None):
        return Buffering(size * MEGABYTE, DEFAULT_INTERVAL)
    if hints.size_in_mbs is None or hints.interval_in_seconds is None:
        raise errors.invalid_argument("SizeInMBs and IntervalInSeconds must be specified together")
    return Buffering(hints.size_in_mbs * MEGABYTE, hints.interval_in_seconds)


def lake_place(configuration: ExtendedS3DestinationConfiguration) -> Place:
    """Where an extended S3 destination puts objects. Errors: InvalidArgumentException."""
    converts, partitions = is_converting(configuration), is_partitioning(configuration)
    zone = zone_of(configuration.custom_time_zone)
    prefix = _record_prefix(configuration.prefix or "", zone)
    buffering = buffering_of(configuration.buffering_hints, size=CONVERTED_SIZE if converts else DEFAULT_SIZE)
    _check_buffering(buffering, converts=converts, partitions=partitions)
    _check_keys(configuration, parse_prefix(configuration.prefix or "", zone))
    compression = configuration.compression_format or "UNCOMPRESSED"
    if converts and compression != "UNCOMPRESSED":
        text = "CompressionFormat must be UNCOMPRESSED when data format conversion is enabled."
        raise errors.invalid_argument(text)
    return Place(
        bucket_of(configuration.bucket_arn),
        prefix,
        _error_prefix(configuration.prefix, configuration.error_output_prefix, zone),
        compression,
        buffering,
        zone,
        configuration.file_extension or None,
    )


def backup_place(configuration: S3DestinationConfiguration) -> Place:
    """Where a backup puts objects. Errors: InvalidArgumentException."""
    prefix = _record_prefix(configuration.prefix or "")
    if prefix.keys:
        raise errors.invalid_argument(_NO_PARTITIONS)
    return Place(
        bucket_of(configuration.bucket_arn),
        prefix,
        _error_prefix(configuration.prefix, configuration.error_output_prefix, "UTC"),
        configuration.compression_format or "UNCOMPRESSED",
        buffering_of(configuration.buffering_hints),
    )


def record_format(columns: Mapping[str, Type], input_: InputFormatConfiguration | None) -> RecordFormat:
    """How records are read as rows of these columns; as OpenX does unless something else is said.

    Errors: InvalidArgumentException; NOT_SUPPORTED for types that records do not hold.
    """
    deserializer = input_.deserializer if input_ is not None else None
    openx = deserializer.open_x_json_ser_de if deserializer is not None else OpenXJsonSerDe()
    hive = deserializer.hive_json_ser_de if deserializer is not None else None
    if (openx is None) == (hive is None):
        raise errors.invalid_argument(_ONE_DESERIALIZER)
    if hive is not None:
        return _hive_records(columns, hive)
    assert openx is not None
    properties = {
        "dots.in.keys": str(bool(openx.convert_dots_in_json_keys_to_underscores)),
        "case.insensitive": str(openx.case_insensitive is not False),
        **{f"mapping.{column}": key for column, key in (openx.column_to_json_key_mappings or {}).items()},
    }
    return json_records(columns, properties, is_alone=True)


def _hive_records(columns: Mapping[str, Type], hive: HiveJsonSerDe) -> RecordFormat:
    formats = ",".join(one.replace(",", "\\,") for one in hive.timestamp_formats or ())
    try:
        return json_records(columns, {"timestamp.formats": formats}, is_hive=True, is_alone=True)
    except OwlakeError as problem:
        if problem.code != "HIVE_INVALID_METADATA":
            raise
        raise errors.invalid_argument(f"TimestampFormats has a pattern that is none: {problem.message}") from problem


def is_converting(configuration: ExtendedS3DestinationConfiguration) -> bool:
    """Whether records become columns of files."""
    found = configuration.data_format_conversion_configuration
    return found is not None and found.enabled is not False


def is_partitioning(configuration: ExtendedS3DestinationConfiguration) -> bool:
    """Whether records are delivered by keys of their own."""
    found = configuration.dynamic_partitioning_configuration
    return found is not None and bool(found.enabled)


def processors_of(processing: ProcessingConfiguration | None) -> Sequence[Processor]:
    """The steps that are done."""
    if processing is None or not processing.enabled:
        return ()
    return processing.processors or ()


def http_buffering(configuration: HttpEndpointDestinationConfiguration) -> Buffering:
    """The buffering of an endpoint, a request a buffer: of so many records, and a body that is not too large.

    Errors: InvalidArgumentException.
    """
    found = buffering_of(configuration.buffering_hints)
    return Buffering(min(found.bytes, _LARGEST_REQUEST), found.seconds, MOST_REQUESTED)


def check_largest(buffering: Buffering, megabytes: int, seconds: int, destination: str) -> None:
    """Errors: InvalidArgumentException for buffers that are larger, or kept longer, than a destination has them."""
    if buffering.bytes > megabytes * MEGABYTE:
        text = f"BufferingHints.SizeInMBs must be at most {megabytes} for {destination}"
        raise errors.invalid_argument(text)
    if buffering.seconds > seconds:
        text = f"BufferingHints.IntervalInSeconds must be at most {seconds} for {destination}"
        raise errors.invalid_argument(text)


def check_conversion(configuration: DataFormatConversionConfiguration) -> None:
    """Errors: InvalidArgumentException, where what a conversion needs is missing or said twice."""
    schema, input_, output = (
        configuration.schema_configuration,
        configuration.input_format_configuration,
        configuration.output_format_configuration,
    )
    if schema is None or schema.database_name is None or schema.table_name is None:
        raise errors.invalid_argument("SchemaConfiguration must name a DatabaseName and a TableName")
    deserializer = input_.deserializer if input_ is not None else None
    if deserializer is None:
        raise errors.invalid_argument(_ONE_DESERIALIZER)
    record_format({"at": types.Timestamp(3)}, input_)
    serializer = output.serializer if output is not None else None
    if serializer is None or (serializer.parquet_ser_de is None) == (serializer.orc_ser_de is None):
        raise errors.invalid_argument("Serializer must be one of ParquetSerDe and OrcSerDe")
    if serializer.parquet_ser_de is not None and serializer.parquet_ser_de.max_padding_bytes:
        raise errors.not_supported("MaxPaddingBytes of ParquetSerDe: files are not padded to blocks of HDFS")
    if serializer.orc_ser_de is not None and serializer.orc_ser_de.enable_padding:
        raise errors.not_supported("EnablePadding of OrcSerDe: files are not padded to blocks of HDFS")


def zone_of(name: str | None) -> str:
    """The time zone of this name, UTC without one. Errors: InvalidArgumentException."""
    try:
        return ZoneInfo(name or "UTC").key
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise errors.invalid_argument(f"CustomTimeZone is not a time zone: {name}") from problem


_ONE_DESERIALIZER = "Deserializer must be one of OpenXJsonSerDe and HiveJsonSerDe"
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_NO_PARTITIONS = (
    "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled."
)


def _check_buffering(buffering: Buffering, *, converts: bool, partitions: bool) -> None:
    least = PARTITIONED_SIZE * MEGABYTE
    if converts and buffering.bytes < least:
        text = "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."
        raise errors.invalid_argument(text)
    if partitions and buffering.bytes < least:
        raise errors.invalid_argument(
            "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled."
        )
    if partitions and not buffering.seconds:
        text = "BufferingHints.IntervalInSeconds must be greater than 0 when Dynamic Partitioning is enabled."
        raise errors.invalid_argument(text)


def _check_keys(configuration: ExtendedS3DestinationConfiguration, prefix: Prefix) -> None:
    """Partition keys are named where they are made, and made where they are named."""
    extracts = any(one.type == "MetadataExtraction" for one in processors_of(configuration.processing_configuration))
    if not is_partitioning(configuration):
        if prefix.keys:
            raise errors.invalid_argument(_NO_PARTITIONS)
        if extracts:
            text = "MetadataExtraction processor is only supported when Dynamic Partitioning is enabled."
            raise errors.invalid_argument(text)
    elif not prefix.keys:
        text = "Prefix must have a Dynamic Partitioning Namespace when Dynamic Partitioning is enabled."
        raise errors.invalid_argument(text)


_LONGEST_PREFIX = 512


def is_too_long(prefix: str) -> bool:
    """Whether a prefix that is evaluated has more characters than the service takes."""
    return len(prefix) > _LONGEST_PREFIX


def _check_length(prefix: Prefix, name: str) -> Prefix:
    """The prefix, if it is not too long whatever its partition keys are."""
    facts = Facts(_SOME_TIME, dict.fromkeys(prefix.keys, ""), max(ErrorType, key=len))
    if is_too_long(prefix.evaluate(facts)):
        raise errors.invalid_argument(f"{name} must have at most {_LONGEST_PREFIX} characters once it is evaluated")
    return prefix


def _record_prefix(text: str, zone: str = "UTC") -> Prefix:
    prefix = parse_prefix(with_default_time(text), zone)
    if prefix.has_error_type:
        raise errors.invalid_argument("!{firehose:error-output-type} can only be part of ErrorOutputPrefix.")
    return _check_length(prefix, "Prefix")


def _error_prefix(prefix: str | None, error_prefix: str | None, zone: str) -> Prefix:
    if not error_prefix:
        if prefix and "!{" in prefix:
            raise errors.invalid_argument("ErrorOutputPrefix must be specified when Prefix contains expressions.")
        return _check_length(parse_prefix(default_error_prefix(prefix or ""), zone), "ErrorOutputPrefix")
    found = parse_prefix(error_prefix, zone)
    if found.keys:
        raise errors.invalid_argument("ErrorOutputPrefix must not contain Dynamic Partitioning Namespaces.")
    if found.has_expressions and not found.has_error_type:
        text = "ErrorOutputPrefix with expressions must contain !{firehose:error-output-type}."
        raise errors.invalid_argument(text)
    return _check_length(parse_prefix(_with_error_type(error_prefix), zone), "ErrorOutputPrefix")


def _with_error_type(text: str) -> str:
    """An error prefix that is plain text: what failed, and the hour, follow it."""
    return text if "!{" in text else default_error_prefix(text)
