"""UUIDs and addresses as columns, held to Python's own libraries."""

from __future__ import annotations

import ipaddress
import uuid

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from owlake.functions.addresses import (
    address_to_text,
    binary_to_address,
    contains_address,
    text_to_address,
)
from owlake.functions.uuids import binary_to_uuid, text_to_uuid, uuid_to_binary

RAISES, SAFE = pa.scalar(False), pa.scalar(True)
UUIDS = st.lists(st.none() | st.uuids(), min_size=1, max_size=8)
ADDRESSES = st.lists(st.none() | st.ip_addresses(), min_size=1, max_size=8)


def each(values, function):
    return [None if value is None else function(value) for value in values]


def new_form(address):
    return address.packed if address.version == 6 else ipaddress.IPv6Address(f"::ffff:{address}").packed


@given(UUIDS)
def test_uuids_are_their_bytes_and_their_text(values):
    texts = pa.array(each(values, str), pa.string())
    binary = uuid_to_binary(texts)
    assert binary.to_pylist() == each(values, lambda value: value.bytes)
    assert binary_to_uuid(binary, RAISES).equals(texts)
    assert text_to_uuid(pa.array(each(values, lambda value: str(value).upper()), pa.string()), RAISES).equals(texts)


@given(st.text(max_size=40))
def test_what_is_no_uuid_is_null_where_that_is_asked_for(text):
    try:
        wanted = str(uuid.UUID(text)) if len(text) == 36 and text.count("-") == 4 else None
    except ValueError:
        wanted = None
    found = text_to_uuid(pa.array([text]), SAFE).to_pylist()[0]
    assert found in (None, wanted)


@given(ADDRESSES)
def test_addresses_are_their_bytes_and_their_text(values):
    texts = pa.array(each(values, str), pa.string())
    addresses = text_to_address(texts, RAISES)
    assert addresses.to_pylist() == each(values, new_form)
    read_again = text_to_address(address_to_text(addresses), RAISES)
    assert read_again.equals(addresses)
    packed = pa.array(each(values, lambda value: value.packed), pa.binary())
    assert binary_to_address(packed, RAISES).equals(addresses)


def old_form(value):
    """An address of four bytes, also where it is written as one of sixteen: both are the same ipaddress."""
    return value if value.version == 4 else value.ipv4_mapped


@given(st.ip_addresses(v=4), st.integers(0, 32), ADDRESSES)
@example(ipaddress.ip_address("1.2.3.4"), 8, [ipaddress.ip_address("::ffff:1.2.3.5"), None])
def test_old_networks_contain_what_they_say(address, length, values):
    network = ipaddress.ip_network((address, length), strict=False)
    addresses = pa.array(each([address, *values], new_form), pa.binary())
    found = contains_address(pa.scalar(str(network)), addresses).to_pylist()
    assert found == each([address, *values], lambda value: (old := old_form(value)) is not None and old in network)


@given(st.ip_addresses(v=6), st.integers(1, 128), ADDRESSES)
def test_new_networks_contain_what_they_say(address, length, values):
    network = ipaddress.ip_network((address, length), strict=False)
    others = [value for value in values if value is None or value.version == 6]
    given_addresses = [value for value in [address, *others] if value is None or value.ipv4_mapped is None]
    addresses = pa.array(each(given_addresses, new_form), pa.binary())
    if not given_addresses or network.network_address.ipv4_mapped is not None:
        return
    found = contains_address(pa.scalar(str(network)), addresses).to_pylist()
    assert found == each(given_addresses, lambda value: value in network)
