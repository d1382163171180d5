"""IP addresses (https://trino.io/docs/current/functions/ipaddress.html), held as 16 bytes, old ones mapped to new.

``::ffff:1.2.3.4`` is ``1.2.3.4``.
"""

from __future__ import annotations

import socket
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import by_distinct
from owlake.functions.distinct import once_per_value
from owlake.functions.octets import octets
from owlake.functions.registry import Family
from owlake.types.rendering import ip_text

FAMILY = Family("ipaddress")

_BYTES, _OLD_BYTES = 16, 4
_MAPPED = bytes(10) + b"\xff\xff"


def _address(text: str) -> bytes | None:
    """The bytes of an address' text; None for what is none."""
    try:
        if ":" in text:
            return socket.inet_pton(socket.AF_INET6, text)
        return _MAPPED + socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        return None


def text_to_address(texts: pa.Array, safe: pa.Scalar) -> pa.Array:
    """Texts as addresses.

    Errors: INVALID_CAST_ARGUMENT ``Cannot cast value to IPADDRESS: x``, unless safe.
    """

    def read(values: list[str]) -> list[bytes | None]:
        found = [_address(value) for value in values]
        if None in found and not safe.as_py():
            raise error("INVALID_CAST_ARGUMENT", f"Cannot cast value to IPADDRESS: {values[found.index(None)]}")
        return found

    return once_per_value(texts, read, pa.binary())


def address_to_text(addresses: pa.Array) -> pa.Array:
    """The texts of addresses."""
    return once_per_value(addresses, lambda values: [ip_text(value) for value in values], pa.string())


def binary_to_address(values: pa.Array, safe: pa.Scalar) -> pa.Array:
    """Four or sixteen bytes as addresses.

    Errors: INVALID_CAST_ARGUMENT ``Invalid IP address binary length: 5``, unless safe.
    """
    lengths = pc.binary_length(values)
    if pc.all(pc.equal(lengths, _BYTES)).as_py() is not False:
        return values
    old = pc.equal(lengths, _OLD_BYTES)
    fits = pc.or_(old, pc.equal(lengths, _BYTES))
    if pc.all(fits).as_py() is False:
        if not safe.as_py():
            wrong = lengths.filter(pc.invert(fits))[0].as_py()
            raise error("INVALID_CAST_ARGUMENT", f"Invalid IP address binary length: {wrong}")
        values = pc.if_else(fits, values, pa.scalar(None, values.type))
    mapped = pc.binary_join_element_wise(pa.scalar(_MAPPED, pa.binary()), values, pa.scalar(b"", pa.binary()))
    return pc.if_else(old, mapped, values)


# Networks -----------------------------------------------------------------------------------------------


@FAMILY.kernel("contains(varchar, ipaddress) -> boolean", raises=True)
def contains_address(networks: Any, addresses: Any) -> pa.Array:
    """Whether an address is in a network like ``10.0.0.0/8``."""
    return by_distinct(networks, [addresses], _in_network, pa.bool_())


def _in_network(network: str, addresses: pa.Array) -> pa.Array:
    base, bits = _network(network)
    source = octets(addresses)
    data = source.data.reshape(-1, _BYTES)
    prefix = np.frombuffer(base, np.uint8)
    whole, rest = divmod(bits, 8)
    found = (data[:, :whole] == prefix[:whole]).all(axis=1)
    if rest:
        found &= (data[:, whole] ^ prefix[whole]) >> (8 - rest) == 0
    if not base.startswith(_MAPPED):
        # An old address is in no new network.
        found &= ~(data[:, : len(_MAPPED)] == np.frombuffer(_MAPPED, np.uint8)).all(axis=1)
    if source.present is None:
        return pa.array(found)
    spread = np.zeros(len(addresses), np.bool_)
    spread[source.present] = found
    return pa.array(spread, mask=~source.present)


def _network(text: str) -> tuple[bytes, int]:
    """The address that a network begins with, and how many bits of the 128 its addresses share."""
    address, slash, length = text.partition("/")
    if not slash:
        raise error("INVALID_FUNCTION_ARGUMENT", "Invalid CIDR")
    base = _address(address)
    if base is None:
        raise error("INVALID_FUNCTION_ARGUMENT", "Invalid network IP address")
    if not length.isascii() or not length.isdigit():
        raise error("INVALID_FUNCTION_ARGUMENT", "Invalid prefix length")
    old = ":" not in address
    bits, width = int(length), _OLD_BYTES * 8 if old else _BYTES * 8
    if bits > width or (old and int.from_bytes(base[-_OLD_BYTES:]) & ((1 << (width - bits)) - 1)):
        raise error("INVALID_FUNCTION_ARGUMENT", "Invalid CIDR")
    return base, bits + _BYTES * 8 - width
