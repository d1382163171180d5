"""The ``firehose`` catalog passes what every connector must."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from owlake.home import Home
from owlake.testing import ConnectorContract

_CREATE = """
CALL firehose.system.create_delivery_stream(
    delivery_stream_name => 'clicks',
    extended_s3_destination_configuration => CAST(
        ROW('arn:aws:iam::123456789012:role/x', 'arn:aws:s3:::lake') AS ROW(role_arn varchar, bucket_arn varchar)))
"""


class TestFirehose(ConnectorContract):
    setup = (
        _CREATE,
        "INSERT INTO firehose.delivery.clicks SELECT CAST('a' AS varbinary)",
        "CALL firehose.system.flush('clicks')",
        "INSERT INTO firehose.delivery.clicks SELECT CAST(x AS varbinary) FROM (VALUES 'b', 'c') t(x)",
    )
    tables = (
        "firehose.delivery.clicks",
        "firehose.system.deliveries",
        "firehose.system.delivery_streams",
        "firehose.system.errors",
        "firehose.system.metrics",
    )

    @pytest.fixture
    def home(self, home: Home) -> Home:
        """With a clock that stands still, and a bucket."""
        (Path(home.path) / "buckets" / "lake").mkdir(parents=True, exist_ok=True)
        home.scheduler.set(datetime(2026, 2, 28, 12, tzinfo=UTC))
        return home
