"""Where DataFusion finds ``s3://``: the folders of the home, or the S3 server that the home names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.lake.storage import Storage

if TYPE_CHECKING:
    from datafusion import SessionContext


def register_bucket(context: SessionContext, storage: Storage, bucket: str) -> None:
    """Make the files of a bucket readable under ``s3://bucket/``; no path is rewritten."""
    from datafusion.object_store import AmazonS3, LocalFileSystem  # noqa: PLC0415

    path = storage.local_path(f"s3://{bucket}/")
    if path is not None:
        context.register_object_store("s3://", LocalFileSystem(str(path)), host=bucket)
        return
    endpoint = storage.endpoint
    assert endpoint is not None
    store = AmazonS3(
        bucket_name=bucket,
        region=endpoint.region,
        access_key_id=endpoint.access_key,
        secret_access_key=endpoint.secret_key,
        endpoint=endpoint.endpoint_url,
        allow_http=(endpoint.endpoint_url or "").startswith("http://"),
    )
    context.register_object_store("s3://", store, host=bucket)
