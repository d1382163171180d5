"""Checksums and hashes of binaries."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.arrays import by_distinct, presence
from owlake.functions.binary.family import FAMILY
from owlake.functions.binary.spooky import spooky_hash
from owlake.functions.distinct import once_per_value
from owlake.functions.hashing import murmur_pairs, xxhash_bytes
from owlake.functions.octets import Octets
from owlake.functions.registry import CallSite, Execution
from owlake.ir.expressions import Constant

for _name in ("md5", "sha256", "sha512"):
    FAMILY.native(f"{_name}(varbinary) -> varbinary", f"digest({{0}}, '{_name}')", f"The {_name.upper()} hash")


@FAMILY.per_value("sha1(varbinary) -> varbinary")
def sha1(value: bytes) -> bytes:
    """The SHA1 hash."""
    return hashlib.sha1(value, usedforsecurity=False).digest()


@FAMILY.per_value("crc32(varbinary) -> bigint")
def crc32(value: bytes) -> int:
    """The CRC-32 checksum."""
    return zlib.crc32(value)


# Message authentication codes: https://www.rfc-editor.org/rfc/rfc2104

_BLOCKS = {"md5": 64, "sha1": 64, "sha256": 64, "sha512": 128}


def _pads(algorithm: str, key: bytes) -> tuple[bytes, bytes]:
    """What stands before the value, and before the hash of that."""
    size = _BLOCKS[algorithm]
    block = (key if len(key) <= size else hashlib.new(algorithm, key).digest()).ljust(size, b"\0")
    return block.translate(_INNER), block.translate(_OUTER)


_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


def codes(algorithm: str, values: Any, keys: Any) -> pa.Array:
    """The authentication code of each value with its key."""

    def with_key(key: bytes, rows: pa.Array) -> pa.Array:
        inner, outer = _pads(algorithm, key)
        begun, ending = hashlib.new(algorithm, inner), hashlib.new(algorithm, outer)

        def code(value: bytes) -> bytes:
            first, last = begun.copy(), ending.copy()
            first.update(value)
            last.update(first.digest())
            return last.digest()

        return once_per_value(rows, lambda each: [code(value) for value in each], pa.binary())

    return by_distinct(keys, [values], with_key, pa.binary())


def _hmac(algorithm: str, execution: Execution) -> None:
    def rows(values: Any, keys: Any) -> pa.Array:
        return codes(algorithm, values, keys)

    rows.__name__ = f"hmac_{algorithm}"

    def call(site: CallSite) -> str:
        key = site.arguments[1]
        if execution is Execution.VALUE or not isinstance(key, Constant) or key.value is None:
            return site.kernel(rows, site.arguments, site.type)
        inner, outer = _pads(algorithm, key.value)
        return f"digest(X'{outer.hex()}' || digest(X'{inner.hex()}' || {site.sql(0)}, '{algorithm}'), '{algorithm}')"

    call.__doc__ = f"The {algorithm.upper()} message authentication code with a key."
    FAMILY.sql(f"hmac_{algorithm}(varbinary, varbinary) -> varbinary", execution=execution)(call)


for _name in ("md5", "sha256", "sha512"):
    _hmac(_name, Execution.NATIVE)
_hmac("sha1", Execution.VALUE)


def _as_bytes(values: pa.Array, words: Any, kind: str) -> pa.Array:
    """A number a row as its bytes, the highest first; NULL where the value is."""
    data = np.ascontiguousarray(words.astype(kind)).view(np.uint8).ravel()
    width = len(data) // len(values) if len(values) else 0
    offsets = np.arange(len(values) + 1, dtype=np.int64) * width
    present = presence(values)
    if present is None:
        return Octets(data, offsets).array(pa.binary())
    kept = np.repeat(present, width)
    lengths = np.where(present, width, 0)
    return Octets(data[kept], np.concatenate(([0], np.cumsum(lengths))), present).array(pa.binary())


@FAMILY.kernel("xxhash64(varbinary) -> varbinary")
def xxhash64(values: Any) -> pa.Array:
    """The 64-bit xxHash."""
    return _as_bytes(values, xxhash_bytes(values), ">u8")


@FAMILY.kernel("murmur3(varbinary) -> varbinary")
def murmur3(values: Any) -> pa.Array:
    """The 128-bit Murmur3 hash."""
    return _as_bytes(values, np.stack(murmur_pairs(values), axis=1), "<u8")


@FAMILY.kernel("spooky_hash_v2_64(varbinary) -> varbinary")
def spooky_hash_v2_64(values: Any) -> pa.Array:
    """The 64-bit SpookyHash, version 2."""
    return _as_bytes(values, spooky_hash(values), ">u8")


@FAMILY.kernel("spooky_hash_v2_32(varbinary) -> varbinary")
def spooky_hash_v2_32(values: Any) -> pa.Array:
    """The 32-bit SpookyHash, version 2."""
    return _as_bytes(values, spooky_hash(values).astype(np.uint32), ">u4")
