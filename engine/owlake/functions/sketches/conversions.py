"""Sketches from bytes and from each other, for CAST. ``safe`` kernels give NULL for bytes that are no such sketch."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from owlake.errors import OwlakeError
from owlake.functions.sketches.registers import HyperLogLog
from owlake.functions.sketches.set_digest import SetDigest
from owlake.functions.sketches.tdigest import TDigest
from owlake.functions.sketches.tree import Digest


def _converted(column: pa.Array, safe: bool, convert: Callable[[bytes], bytes]) -> pa.Array:
    def one(data: bytes | None) -> bytes | None:
        if data is None:
            return None
        try:
            return convert(data)
        except OwlakeError:
            if safe:
                return None
            raise

    return pa.array([one(data) for data in column.to_pylist()], pa.binary())


def _checked(read: Callable[[bytes], object]) -> Callable[[pa.Array, pa.Scalar], pa.Array]:
    def same(data: bytes) -> bytes:
        read(data)
        return data

    def kernel(column: pa.Array, safe: pa.Scalar) -> pa.Array:
        return _converted(column, safe.as_py(), same)

    return kernel


to_hyperloglog = _checked(HyperLogLog.read)
to_tdigest = _checked(TDigest.read)
to_qdigest = _checked(Digest.read)
to_set_digest = _checked(SetDigest.read)


def to_dense_hyperloglog(column: pa.Array, safe: pa.Scalar) -> pa.Array:
    """Sketches in the form that a P4HyperLogLog always has."""

    def dense(data: bytes) -> bytes:
        sketch = HyperLogLog.read(data)
        return HyperLogLog(sketch.bits, registers=sketch.dense()).write()

    return _converted(column, safe.as_py(), dense)


def sketch_of_set(column: pa.Array, safe: pa.Scalar) -> pa.Array:
    """The HyperLogLogs inside set digests."""
    return _converted(column, safe.as_py(), lambda data: SetDigest.read(data).sketch)
