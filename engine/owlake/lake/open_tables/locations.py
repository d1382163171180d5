"""Where open tables say that their files are, in the lake's own spelling."""

from __future__ import annotations

_HADOOP = ("s3a://", "s3n://")


def normal(location: str) -> str:
    """Hadoop's names for S3 mean S3; a path without a scheme, or with ``file:`` alone, is on this machine's disk."""
    for scheme in _HADOOP:
        if location.startswith(scheme):
            return f"s3://{location[len(scheme) :]}"
    if location.startswith("/"):
        return f"file://{location}"
    if location.startswith("file:") and not location.startswith("file://"):
        return f"file://{location[len('file:') :]}"
    return location
