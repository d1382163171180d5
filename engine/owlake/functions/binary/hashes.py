"""Checksums and hashes of binaries."""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from owlake.functions.arrays import presence
from owlake.functions.binary.family import FAMILY
from owlake.functions.binary.spooky import spooky_hash
from owlake.functions.hashing import murmur_pairs, xxhash_bytes
from owlake.functions.octets import Octets

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


def _hmac(algorithm: str) -> Callable[[bytes, bytes], bytes]:
    def code(value: bytes, key: bytes) -> bytes:
        return hmac.digest(key, value, algorithm)

    code.__name__ = f"hmac_{algorithm}"
    code.__doc__ = f"The {algorithm.upper()} message authentication code with a key."
    return code


for _name in ("md5", "sha1", "sha256", "sha512"):
    FAMILY.per_value(f"hmac_{_name}(varbinary, varbinary) -> varbinary")(_hmac(_name))


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
