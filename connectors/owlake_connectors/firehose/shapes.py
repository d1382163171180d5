"""What delivery streams are told: the shapes of the API, with the constraints of its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from owlake.spi import Bounds, Length, Name, Pattern

StreamName = Annotated[str, Length(1, 64), Pattern("[a-zA-Z0-9_.-]+")]
RoleArn = Annotated[str, Name("RoleARN"), Length(1, 512), Pattern(r"arn:.*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+")]
BucketArn = Annotated[str, Name("BucketARN"), Length(1, 2048), Pattern(r"arn:.*:s3:::[\w\.\-]{1,255}")]
KinesisStreamArn = Annotated[
    str,
    Name("KinesisStreamARN"),
    Length(1, 512),
    Pattern(r"arn:.*:kinesis:[a-zA-Z0-9\-]+:\d{12}:stream/[a-zA-Z0-9_.-]+"),
]
PrefixText = Annotated[str, Length(0, 1024), Pattern(".*")]
Word = Annotated[str, Length(1, 1024), Pattern(r"^\S+$")]
Words = Annotated[str, Length(1, 1024), Pattern(r"^(?!\s*$).+")]
Retry = Annotated[int, Bounds(0, 7200)]
_LETTERS = r"\w .:/=+\-@%\u00A0\u00C0-\u1FFF\u2000-\u200A\u2C00-\uD7FF\u3000"
"""Of tags: \\p{L}, \\p{Z} and \\p{N}, nearly."""
CompressionFormat = Literal["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"]
ProcessorType = Literal[
    "RecordDeAggregation",
    "Decompression",
    "CloudWatchLogProcessing",
    "Lambda",
    "MetadataExtraction",
    "AppendDelimiterToRecord",
]
ParameterName = Literal[
    "LambdaArn",
    "NumberOfRetries",
    "MetadataExtractionQuery",
    "JsonParsingEngine",
    "RoleArn",
    "BufferSizeInMBs",
    "BufferIntervalInSeconds",
    "SubRecordType",
    "Delimiter",
    "CompressionFormat",
    "DataMessageExtraction",
]


@dataclass(frozen=True, slots=True)
class BufferingHints:
    """How much is gathered before it is delivered: a size before compression, and a time."""

    size_in_mbs: Annotated[int, Name("SizeInMBs"), Bounds(1, 128)] | None = None
    interval_in_seconds: Annotated[int, Bounds(0, 900)] | None = None


@dataclass(frozen=True, slots=True)
class ProcessorParameter:
    """A setting of a processor."""

    parameter_name: ParameterName
    parameter_value: Annotated[str, Length(1, 5120), Pattern(r"^(?!\s*$).+")]


@dataclass(frozen=True, slots=True)
class Processor:
    """A step of processing."""

    type: ProcessorType
    parameters: Sequence[ProcessorParameter] | None = None

    def parameter(self, name: ParameterName, default: str | None = None) -> str | None:
        """The value of a parameter."""
        found = (one.parameter_value for one in self.parameters or () if one.parameter_name == name)
        return next(found, default)


@dataclass(frozen=True, slots=True)
class ProcessingConfiguration:
    """What is done to records before they are delivered."""

    enabled: bool | None = None
    processors: Sequence[Processor] | None = None


@dataclass(frozen=True, slots=True)
class CloudWatchLoggingOptions:
    """Where errors would be logged. Kept: here they are in ``firehose.system.errors``."""

    enabled: bool | None = None
    log_group_name: Annotated[str, Length(0, 512), Pattern(r"[\.\-_/#A-Za-z0-9]*")] | None = None
    log_stream_name: Annotated[str, Length(0, 512), Pattern("[^:*]*")] | None = None


@dataclass(frozen=True, slots=True)
class KmsEncryptionConfig:
    """The key that objects are encrypted with."""

    aws_kms_key_arn: Annotated[
        str,
        Name("AWSKMSKeyARN"),
        Length(1, 512),
        Pattern(r"arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\-_/]+"),
    ]


@dataclass(frozen=True, slots=True)
class EncryptionConfiguration:
    """How objects are encrypted. Kept: objects of the lake are not."""

    no_encryption_config: Literal["NoEncryption"] | None = None
    kms_encryption_config: Annotated[KmsEncryptionConfig, Name("KMSEncryptionConfig")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class S3DestinationUpdate:
    """What changes of a place in the lake: of a backup."""

    role_arn: RoleArn | None = None
    bucket_arn: BucketArn | None = None
    prefix: PrefixText | None = None
    error_output_prefix: PrefixText | None = None
    buffering_hints: BufferingHints | None = None
    compression_format: CompressionFormat | None = None
    encryption_configuration: EncryptionConfiguration | None = None
    cloud_watch_logging_options: CloudWatchLoggingOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class S3DestinationConfiguration(S3DestinationUpdate):
    """A place in the lake: of a backup."""

    role_arn: RoleArn
    bucket_arn: BucketArn


@dataclass(frozen=True, slots=True)
class SchemaConfiguration:
    """The table whose columns converted records have."""

    role_arn: Annotated[Word, Name("RoleARN")] | None = None
    catalog_id: Word | None = None
    database_name: Word | None = None
    table_name: Word | None = None
    region: Word | None = None
    version_id: Word | None = None


@dataclass(frozen=True, slots=True)
class OpenXJsonSerDe:
    """Records are read as the OpenX SerDe reads lines."""

    convert_dots_in_json_keys_to_underscores: bool | None = None
    case_insensitive: bool | None = None
    column_to_json_key_mappings: Mapping[Word, Words] | None = None


@dataclass(frozen=True, slots=True)
class HiveJsonSerDe:
    """Records are read as Hive's JSON SerDe reads lines."""

    timestamp_formats: Sequence[Words] | None = None


@dataclass(frozen=True, slots=True)
class Deserializer:
    """How records are read: by one of these."""

    open_x_json_ser_de: OpenXJsonSerDe | None = None
    hive_json_ser_de: HiveJsonSerDe | None = None


@dataclass(frozen=True, slots=True)
class InputFormatConfiguration:
    """How records are read."""

    deserializer: Deserializer | None = None


@dataclass(frozen=True, slots=True)
class ParquetSerDe:
    """How Parquet is written."""

    block_size_bytes: Annotated[int, Bounds(67_108_864)] | None = None
    page_size_bytes: Annotated[int, Bounds(65_536)] | None = None
    compression: Literal["UNCOMPRESSED", "GZIP", "SNAPPY"] | None = None
    enable_dictionary_compression: bool | None = None
    max_padding_bytes: Annotated[int, Bounds(0)] | None = None
    writer_version: Literal["V1", "V2"] | None = None


@dataclass(frozen=True, slots=True)
class OrcSerDe:
    """How ORC is written."""

    stripe_size_bytes: Annotated[int, Bounds(8_388_608)] | None = None
    block_size_bytes: Annotated[int, Bounds(67_108_864)] | None = None
    row_index_stride: Annotated[int, Bounds(1000)] | None = None
    enable_padding: bool | None = None
    padding_tolerance: float | None = None
    compression: Literal["NONE", "ZLIB", "SNAPPY"] | None = None
    bloom_filter_columns: Sequence[Word] | None = None
    bloom_filter_false_positive_probability: float | None = None
    dictionary_key_threshold: float | None = None
    format_version: Literal["V0_11", "V0_12"] | None = None


@dataclass(frozen=True, slots=True)
class Serializer:
    """How files are written: by one of these."""

    parquet_ser_de: ParquetSerDe | None = None
    orc_ser_de: OrcSerDe | None = None


@dataclass(frozen=True, slots=True)
class OutputFormatConfiguration:
    """How files are written."""

    serializer: Serializer | None = None


@dataclass(frozen=True, slots=True)
class DataFormatConversionConfiguration:
    """JSON records become columns of files."""

    schema_configuration: SchemaConfiguration | None = None
    input_format_configuration: InputFormatConfiguration | None = None
    output_format_configuration: OutputFormatConfiguration | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """For how long a delivery is tried again."""

    duration_in_seconds: Retry | None = None


@dataclass(frozen=True, slots=True)
class DynamicPartitioningConfiguration:
    """Whether records are delivered by keys of their own."""

    retry_options: RetryOptions | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeSettings(S3DestinationUpdate):
    """What the lake as a destination is told beside what a place in it is."""

    processing_configuration: ProcessingConfiguration | None = None
    s3_backup_mode: Annotated[Literal["Disabled", "Enabled"], Name("S3BackupMode")] | None = None
    data_format_conversion_configuration: DataFormatConversionConfiguration | None = None
    dynamic_partitioning_configuration: DynamicPartitioningConfiguration | None = None
    file_extension: Annotated[str, Length(0, 128), Pattern(r"^$|\.[0-9a-z!\-_.*'()]+")] | None = None
    custom_time_zone: Annotated[str, Length(0, 50), Pattern("^$|[a-zA-Z/_]+")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedS3DestinationUpdate(LakeSettings):
    """What changes of the lake as a destination."""

    s3_backup_update: Annotated[S3DestinationUpdate, Name("S3BackupUpdate")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedS3DestinationConfiguration(LakeSettings):
    """The lake as a destination."""

    role_arn: RoleArn
    bucket_arn: BucketArn
    s3_backup_configuration: Annotated[S3DestinationConfiguration, Name("S3BackupConfiguration")] | None = None


@dataclass(frozen=True, slots=True)
class HttpEndpointConfiguration:
    """An endpoint; on this machine its address may be one without TLS."""

    url: Annotated[str, Length(1, 1000), Pattern("https://.*|http://.*")]
    name: Annotated[str, Length(1, 256), Pattern(r"^(?!\s*$).+")] | None = None
    access_key: Annotated[str, Length(0, 4096), Pattern(".*")] | None = None


@dataclass(frozen=True, slots=True)
class HttpEndpointCommonAttribute:
    """Something that every request says."""

    attribute_name: Annotated[str, Length(1, 256), Pattern(r"^(?!\s*$).+")]
    attribute_value: Annotated[str, Length(0, 1024), Pattern(".*")]


@dataclass(frozen=True, slots=True)
class HttpEndpointRequestConfiguration:
    """How requests are made."""

    content_encoding: Literal["NONE", "GZIP"] | None = None
    common_attributes: Annotated[Sequence[HttpEndpointCommonAttribute], Length(0, 50)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpEndpointBufferingHints(BufferingHints):
    """How much is gathered for an endpoint."""

    size_in_mbs: Annotated[int, Name("SizeInMBs"), Bounds(1, 64)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """What an HTTP endpoint as a destination is told beside where it is."""

    buffering_hints: HttpEndpointBufferingHints | None = None
    cloud_watch_logging_options: CloudWatchLoggingOptions | None = None
    request_configuration: HttpEndpointRequestConfiguration | None = None
    processing_configuration: ProcessingConfiguration | None = None
    role_arn: RoleArn | None = None
    retry_options: RetryOptions | None = None
    s3_backup_mode: Annotated[Literal["FailedDataOnly", "AllData"], Name("S3BackupMode")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpEndpointDestinationUpdate(EndpointSettings):
    """What changes of an HTTP endpoint as a destination."""

    endpoint_configuration: HttpEndpointConfiguration | None = None
    s3_update: Annotated[S3DestinationUpdate, Name("S3Update")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpEndpointDestinationConfiguration(EndpointSettings):
    """An HTTP endpoint as a destination."""

    endpoint_configuration: HttpEndpointConfiguration
    s3_configuration: Annotated[S3DestinationConfiguration, Name("S3Configuration")]


@dataclass(frozen=True, slots=True)
class PluginDestinationConfiguration:
    """A destination that a plugin brings along; of no service's."""

    destination_name: Annotated[str, Length(1, 256)]
    s3_configuration: Annotated[S3DestinationConfiguration, Name("S3Configuration")]
    parameters: Mapping[str, str] | None = None
    buffering_hints: BufferingHints | None = None
    processing_configuration: ProcessingConfiguration | None = None
    retry_options: RetryOptions | None = None
    s3_backup_mode: Annotated[Literal["FailedDataOnly", "AllData"], Name("S3BackupMode")] | None = None


@dataclass(frozen=True, slots=True)
class TableDestinationConfiguration:
    """A table of the lake as a destination: what is delivered are rows of it. AWS has this for Iceberg's tables.

    Attributes:
        destination_table: The table, as ``database.table``.
        prefix: Partition columns that tell when records arrived: ``day=!{timestamp:yyyy-MM-dd}/``. All others are
            taken out of the records.
        s3_configuration: Where the error output goes, and a backup; ``errors/<stream>/`` beside the table without it.
    """

    destination_table: Annotated[str, Length(3, 511)] | None = None
    prefix: PrefixText | None = None
    s3_configuration: Annotated[S3DestinationConfiguration, Name("S3Configuration")] | None = None
    buffering_hints: BufferingHints | None = None
    input_format_configuration: InputFormatConfiguration | None = None
    processing_configuration: ProcessingConfiguration | None = None
    retry_options: RetryOptions | None = None
    s3_backup_mode: Annotated[Literal["FailedDataOnly", "AllData"], Name("S3BackupMode")] | None = None
    custom_time_zone: Annotated[str, Length(0, 50), Pattern("^$|[a-zA-Z/_]+")] | None = None


@dataclass(frozen=True, slots=True)
class KinesisStreamSourceConfiguration:
    """The stream that records are read from."""

    kinesis_stream_arn: KinesisStreamArn
    role_arn: RoleArn


TagKey = Annotated[
    str,
    Length(1, 128),
    Pattern(rf"(?!aws:)[{_LETTERS}]*", r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$"),
]
TagValue = Annotated[str, Length(0, 256), Pattern(f"[{_LETTERS}]*", r"^[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$")]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag."""

    key: TagKey
    value: TagValue | None = None


KeyType = Literal["AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"]
KeyArn = Annotated[
    str,
    Name("KeyARN"),
    Length(1, 512),
    Pattern(r"arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:key/[a-zA-Z_0-9+=,.@\-_/]+"),
]


@dataclass(frozen=True, slots=True)
class DeliveryStreamEncryptionConfigurationInput:
    """The key that records are encrypted with while they are gathered. Kept: here they are not."""

    key_type: KeyType
    key_arn: KeyArn | None = None
