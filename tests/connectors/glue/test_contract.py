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
    )
    tables = (
        "glue.system.classifiers",
        "glue.system.column_statistics",
        "glue.system.crawl_log",
        "glue.system.crawlers",
        "glue.system.crawls",
        "glue.system.partition_indexes",
        "glue.system.partitions",
    )

    @pytest.fixture
    def home(self, home: Home) -> Home:
        """With a file to crawl."""
        home.storage.create_bucket("lake")
        home.storage.write("s3://lake/t/f", b'{"a":1}\n')
        return home
