"""The ``glue`` catalog passes what every connector must."""

from __future__ import annotations

import pytest

from owlake.home import Home
from owlake.testing import ConnectorContract


class TestGlue(ConnectorContract):
    setup = (
        "CALL glue.system.create_classifier(json_classifier => ROW('rows', '$[*]'))",
        """
        CALL glue.system.create_crawler(
            name => 'c',
            schedule => 'cron(0 3 * * ? *)',
            targets => JSON '{"S3Targets": [{"Path": "s3://lake/t/"}, {"Path": "s3://none/"}]}')
        """,
        "CALL glue.system.start_crawler('c')",
        "CREATE DATABASE d",
        "CREATE EXTERNAL TABLE d.t (a INT, b STRING) PARTITIONED BY (k DATE) LOCATION 's3://lake/t/'",
        "ALTER TABLE d.t ADD COLUMNS (c INT)",
        "CREATE VIEW d.v AS SELECT 1 AS one",
        """
        CALL glue.system.create_user_defined_function(
            'd', JSON '{"FunctionName": "f", "ClassName": "c", "ResourceUris": [{"ResourceType": "JAR", "Uri": "s3://x"}]}')
        """,
        """
        CALL glue.system.create_connection(
            JSON '{"Name": "k", "ConnectionType": "KAFKA", "ConnectionProperties": {"KAFKA_BOOTSTRAP_SERVERS": "h:1"}}')
        """,
    )
    tables = (
        "glue.system.classifiers",
        "glue.system.column_statistics",
        "glue.system.columns",
        "glue.system.connections",
        "glue.system.crawl_log",
        "glue.system.crawlers",
        "glue.system.crawls",
        "glue.system.databases",
        "glue.system.functions",
        "glue.system.partition_indexes",
        "glue.system.partitions",
        "glue.system.table_versions",
        "glue.system.tables",
    )

    @pytest.fixture
    def home(self, home: Home) -> Home:
        """With a file to crawl."""
        home.storage.create_bucket("lake")
        home.storage.write("s3://lake/t/f", b'{"a":1}\n')
        return home
