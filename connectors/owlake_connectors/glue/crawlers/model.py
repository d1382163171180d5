"""Crawlers, classifiers and crawls as Glue's API shows them, all frozen.

https://docs.aws.amazon.com/glue/latest/webapi/API_Crawler.html and its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import Name

CrawlerState = Literal["READY", "RUNNING", "STOPPING"]
UpdateBehavior = Literal["LOG", "UPDATE_IN_DATABASE"]
DeleteBehavior = Literal["LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"]
RecrawlBehavior = Literal["CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY", "CRAWL_EVENT_MODE"]
CsvDatatype = Literal[
    "BINARY", "BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT", "LONG", "SHORT", "STRING", "TIMESTAMP"
]


@dataclass(frozen=True, slots=True)
class S3Target:
    """A folder of the lake, or one file."""

    path: str
    exclusions: Sequence[str] | None = None
    connection_name: str | None = None
    sample_size: int | None = None
    event_queue_arn: str | None = None
    dlq_event_queue_arn: str | None = None


@dataclass(frozen=True, slots=True)
class JdbcTarget:
    """Tables of a database: ``db/schema/table``, with ``%`` for any. The connection is a catalog of the home."""

    connection_name: str | None = None
    path: str | None = None
    exclusions: Sequence[str] | None = None
    enable_additional_metadata: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class MongoDBTarget:
    """A collection; there are none here."""

    connection_name: str | None = None
    path: str | None = None
    scan_all: bool | None = None


@dataclass(frozen=True, slots=True)
class DynamoDBTarget:
    """A table of DynamoDB; there are none here."""

    path: str | None = None
    scan_all: Annotated[bool | None, Name("scanAll")] = None
    scan_rate: Annotated[float | None, Name("scanRate")] = None


@dataclass(frozen=True, slots=True)
class CatalogTarget:
    """Tables that are in the Data Catalog already."""

    database_name: str
    tables: Sequence[str]
    connection_name: str | None = None
    event_queue_arn: str | None = None
    dlq_event_queue_arn: str | None = None


@dataclass(frozen=True, slots=True)
class DeltaTarget:
    """Tables of Delta Lake."""

    delta_tables: Sequence[str] | None = None
    connection_name: str | None = None
    write_manifest: bool | None = None
    create_native_delta_table: bool | None = None


@dataclass(frozen=True, slots=True)
class IcebergTarget:
    """Tables of Iceberg, somewhere below paths."""

    paths: Sequence[str] | None = None
    connection_name: str | None = None
    exclusions: Sequence[str] | None = None
    maximum_traversal_depth: int | None = None


@dataclass(frozen=True, slots=True)
class HudiTarget:
    """Tables of Hudi, somewhere below paths."""

    paths: Sequence[str] | None = None
    connection_name: str | None = None
    exclusions: Sequence[str] | None = None
    maximum_traversal_depth: int | None = None


@dataclass(frozen=True, slots=True)
class CrawlerTargets:
    """What a crawler looks at."""

    s3_targets: Sequence[S3Target] | None = None
    jdbc_targets: Sequence[JdbcTarget] | None = None
    mongo_db_targets: Annotated[Sequence[MongoDBTarget] | None, Name("MongoDBTargets")] = None
    dynamo_db_targets: Annotated[Sequence[DynamoDBTarget] | None, Name("DynamoDBTargets")] = None
    catalog_targets: Sequence[CatalogTarget] | None = None
    delta_targets: Sequence[DeltaTarget] | None = None
    iceberg_targets: Sequence[IcebergTarget] | None = None
    hudi_targets: Sequence[HudiTarget] | None = None


@dataclass(frozen=True, slots=True)
class SchemaChangePolicy:
    """What becomes of tables whose files have changed, or are gone."""

    update_behavior: UpdateBehavior | None = None
    delete_behavior: DeleteBehavior | None = None


@dataclass(frozen=True, slots=True)
class RecrawlPolicy:
    """Whether what was crawled is crawled again."""

    recrawl_behavior: RecrawlBehavior | None = None


@dataclass(frozen=True, slots=True)
class LineageConfiguration:
    """Kept and shown; there is no lineage here."""

    crawler_lineage_settings: Literal["ENABLE", "DISABLE"] | None = None


@dataclass(frozen=True, slots=True)
class LakeFormationConfiguration:
    """Kept and shown; a home has one account."""

    use_lake_formation_credentials: bool | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a crawler runs by itself."""

    schedule_expression: str
    state: Literal["SCHEDULED", "NOT_SCHEDULED", "TRANSITIONING"]


@dataclass(frozen=True, slots=True)
class LastCrawlInfo:
    """How a crawler's last run ended."""

    status: Literal["SUCCEEDED", "CANCELLED", "FAILED"]
    error_message: str | None
    log_group: str
    log_stream: str
    message_prefix: str
    start_time: datetime


@dataclass(frozen=True, slots=True)
class Crawler:
    """A crawler."""

    name: str
    role: str | None
    targets: CrawlerTargets
    database_name: str | None
    description: str | None
    classifiers: Sequence[str]
    recrawl_policy: RecrawlPolicy
    schema_change_policy: SchemaChangePolicy
    lineage_configuration: LineageConfiguration
    state: CrawlerState
    table_prefix: str | None
    schedule: Schedule | None
    crawl_elapsed_time: int
    creation_time: datetime
    last_updated: datetime
    last_crawl: LastCrawlInfo | None
    version: int
    configuration: str | None
    crawler_security_configuration: str | None
    lake_formation_configuration: LakeFormationConfiguration


@dataclass(frozen=True, slots=True)
class Definition:
    """What a person says of a crawler: all of it that is kept as it was given."""

    name: str
    targets: CrawlerTargets
    role: str | None = None
    database_name: str | None = None
    description: str | None = None
    schedule: str | None = None
    classifiers: Sequence[str] = ()
    table_prefix: str | None = None
    schema_change_policy: SchemaChangePolicy = SchemaChangePolicy("UPDATE_IN_DATABASE", "DEPRECATE_IN_DATABASE")
    recrawl_policy: RecrawlPolicy = RecrawlPolicy("CRAWL_EVERYTHING")
    lineage_configuration: LineageConfiguration = LineageConfiguration("DISABLE")
    lake_formation_configuration: LakeFormationConfiguration = LakeFormationConfiguration(False, "")
    configuration: str | None = None
    crawler_security_configuration: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A crawler as it is kept: its definition and where it stands."""

    definition: Definition
    state: CrawlerState
    is_scheduled: bool
    version: int
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """A path that a crawl could make nothing of, and why."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What a crawl changed."""

    tables_added: int = 0
    tables_updated: int = 0
    tables_deleted: int = 0
    partitions_added: int = 0
    partitions_updated: int = 0
    partitions_deleted: int = 0


@dataclass(frozen=True, slots=True)
class Crawl:
    """A run of a crawler."""

    id: str
    crawler: str
    state: Literal["RUNNING", "COMPLETED", "FAILED", "STOPPED"]
    started: datetime
    ended: datetime | None = None
    counts: Counts = Counts()
    files: int = 0
    error: str | None = None
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A line of a crawl's log: what was decided, of what, and why.

    Attributes:
        kind: FILE, COLUMN, GROUP, TABLE or PARTITION: what it is about.
        path: The file or folder that the decision stands on.
    """

    level: Literal["INFO", "WARN", "ERROR"]
    kind: Literal["FILE", "COLUMN", "GROUP", "TABLE", "PARTITION"]
    message: str
    table: str | None = None
    path: str | None = None
    column: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class GrokClassifier:
    """A classifier of logs by a pattern."""

    name: str
    classification: str
    grok_pattern: str
    custom_patterns: str | None = None
    creation_time: datetime | None = None
    last_updated: datetime | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class XMLClassifier:
    """A classifier of XML whose rows are elements of one name."""

    name: str
    classification: str
    row_tag: str | None = None
    creation_time: datetime | None = None
    last_updated: datetime | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class JsonClassifier:
    """A classifier of JSON whose rows are where a path leads."""

    name: str
    json_path: str
    creation_time: datetime | None = None
    last_updated: datetime | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CsvClassifier:
    """A classifier of CSV."""

    name: str
    delimiter: str | None = None
    quote_symbol: str | None = None
    contains_header: Literal["UNKNOWN", "PRESENT", "ABSENT"] | None = None
    header: Sequence[str] | None = None
    disable_value_trimming: bool | None = None
    allow_single_column: bool | None = None
    custom_datatype_configured: bool | None = None
    custom_datatypes: Sequence[CsvDatatype] | None = None
    serde: Literal["OpenCSVSerDe", "LazySimpleSerDe", "None"] | None = None
    creation_time: datetime | None = None
    last_updated: datetime | None = None
    version: int | None = None


AnyClassifier = GrokClassifier | XMLClassifier | JsonClassifier | CsvClassifier


@dataclass(frozen=True, slots=True)
class Classifier:
    """One of the four."""

    grok_classifier: GrokClassifier | None = None
    xml_classifier: Annotated[XMLClassifier | None, Name("XMLClassifier")] = None
    json_classifier: JsonClassifier | None = None
    csv_classifier: CsvClassifier | None = None


@dataclass(frozen=True, slots=True)
class CrawlerMetrics:
    """What a crawler did."""

    crawler_name: str
    time_left_seconds: float
    still_estimating: bool
    last_runtime_seconds: float
    median_runtime_seconds: float
    tables_created: int
    tables_updated: int
    tables_deleted: int


@dataclass(frozen=True, slots=True)
class CrawlerHistory:
    """A run in a list."""

    crawl_id: str
    state: Literal["RUNNING", "COMPLETED", "FAILED", "STOPPED"]
    start_time: datetime
    end_time: datetime | None
    summary: str | None
    error_message: str | None
    log_group: str
    log_stream: str
    message_prefix: str
    dpu_hour: Annotated[float, Name("DPUHour")]


@dataclass(frozen=True, slots=True)
class CrawlsFilter:
    """A condition on runs."""

    field_name: Literal["CRAWL_ID", "STATE", "START_TIME", "END_TIME", "DPU_HOUR"] | None = None
    filter_operator: Literal["GT", "GE", "LT", "LE", "EQ", "NE"] | None = None
    field_value: str | None = None
