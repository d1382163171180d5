"""Kernels of the binary functions, held to Python's own libraries and to the reference implementations."""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import owlake
from owlake.errors import OwlakeError
from owlake.functions.binary import basics, encodings, hashes, numbers
from owlake.functions.kernels import per_value

BINARIES = st.lists(st.none() | st.binary(max_size=70), min_size=1, max_size=12)


def column(values):
    return pa.array(values, pa.binary())


def texts(values):
    return pa.array(values, pa.string())


def each(values, function):
    return [None if value is None else function(value) for value in values]


@given(BINARIES)
def test_base_32_is_pythons(values):
    encoded = encodings.to_base32(column(values))
    assert encoded.to_pylist() == each(values, lambda value: base64.b32encode(value).decode())
    assert encodings.from_base32(encoded).to_pylist() == values


@given(BINARIES, st.booleans())
def test_base_64_is_read_with_and_without_padding(values, padded):
    for encode, decode in (
        (base64.b64encode, encodings.from_base64),
        (base64.urlsafe_b64encode, encodings.from_base64url),
    ):
        encoded = each(values, lambda value, encode=encode: encode(value).decode())
        if not padded:
            encoded = each(encoded, lambda text: text.rstrip("="))
        assert decode(texts(encoded)).to_pylist() == values


@given(BINARIES, st.booleans())
def test_hexadecimal_is_read_in_both_cases(values, upper):
    written = each(values, lambda value: value.hex().upper() if upper else value.hex())
    assert encodings.from_hex(texts(written)).to_pylist() == values


@given(st.text(max_size=12))
def test_base_64_accepts_what_is_of_its_form_and_nothing_else(text):
    core = text.rstrip("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    padding = len(text) - len(core)
    valid = set(core) <= set(alphabet) and len(core) % 4 != 1 and (padding == 0 or padding == -len(core) % 4)
    if valid:
        expected = base64.b64decode(core + "=" * (-len(core) % 4))
        assert encodings.from_base64(texts([text])).to_pylist() == [expected]
    else:
        with pytest.raises(OwlakeError):
            encodings.from_base64(texts([text]))


@given(BINARIES, st.integers(-80, 80), st.integers(-3, 80))
def test_substrings_are_slices(values, start, length):
    def part(value):
        if start == 0 or length <= 0 or start < -len(value):
            return b""
        first = start - 1 if start > 0 else len(value) + start
        return value[first : first + length]

    found = basics.binary_substr_of_length(column(values), pa.scalar(start), pa.scalar(length))
    assert found.to_pylist() == each(values, part)


@given(BINARIES, st.integers(0, 90), st.binary(min_size=1, max_size=5), st.booleans())
def test_padding_repeats_its_bytes(values, size, padding, left):
    def pad(value):
        filling = (padding * size)[: max(0, size - len(value))]
        return (filling + value[:size]) if left else (value + filling)[:size]

    kernel = basics.binary_lpad if left else basics.binary_rpad
    found = kernel(column(values), pa.scalar(size), pa.scalar(padding))
    assert found.to_pylist() == each(values, pad)


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_are_bytes_and_back(values):
    encoded = numbers.to_big_endian_64(pa.array(values, pa.int64()))
    assert encoded.to_pylist() == each(values, lambda value: value.to_bytes(8, "big", signed=True))
    assert numbers.from_big_endian_64(encoded).to_pylist() == values


@given(BINARIES)
def test_checksums_and_codes_are_pythons(values):
    assert per_value(hashes.crc32)(column(values)) == each(values, zlib.crc32)
    assert per_value(hashes.sha1)(column(values)) == each(values, lambda value: hashlib.sha1(value).digest())  # noqa: S324


@given(BINARIES, st.binary(max_size=200), st.sampled_from(["md5", "sha1", "sha256", "sha512"]))
def test_message_codes_are_rfc_2104s(values, key, algorithm):
    expected = each(values, lambda value: hmac.new(key, value, algorithm).digest())
    assert hashes.codes(algorithm, column(values), pa.scalar(key)).to_pylist() == expected


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("size", [0, 1, 64, 65, 128, 129])
def test_message_codes_with_a_constant_key_are_rfc_2104s(tmp_path, size, algorithm):
    key = bytes(range(200))[:size]
    text = f"SELECT hmac_{algorithm}(v, X'{key.hex()}') FROM (VALUES X'', X'0102', NULL) AS t(v)"
    expected = [(hmac.new(key, value, algorithm).digest(),) for value in (b"", b"\x01\x02")]
    with owlake.connect(tmp_path) as connection:
        assert connection.execute(text).fetchall() == [*expected, (None,)]


# The bytes 0, 1, ..., 250, 0, 1, ... up to a length: SpookyHash V2, xxHash64 and Murmur3 by the C implementations of
# their authors.
REFERENCE = [
    (1, 0x8AE2F41804291280, 0xE934A84ADB052768, "b55cff6ee5ab10468335f878aa2d6251"),
    (7, 0xDF46961A1163469D, 0x14CC643F630C72D2, "680d4bca87694cbd87c725bdd4dd3a61"),
    (8, 0x7C816246374A845C, 0x884A173614B81B8D, "c82f8ed6bde1a747c7dc31ec02eee660"),
    (15, 0xD9AA86DE65DC278B, 0xA948F5F0F6ABAC2D, "e92549fd98152347e97dc688ee6d84cd"),
    (16, 0x340225D6331F2651, 0x44B6EF2FB84169F7, "303f9091b524494445e82f76566490ab"),
    (17, 0x9EFF109B3512E3B9, 0x5603E60C527599B6, "0ec2e79f0ff4765c24a8da9e6b025fc1"),
    (31, 0xA3962A6C761FFE09, 0xC346D2B59B4D8EE1, "94d02ca3e1d33d05905400b4ef9ae59e"),
    (32, 0x57F50B68E2623FD2, 0xCBF59C5116FF32B4, "0f502fb622906dc65111c3346e0a051c"),
    (33, 0x3E958DCBEF6DD224, 0x0C535D1ACAFB8EAD, "1246bafa1b28417d0ba3d6a77380ac55"),
    (63, 0xE67C61FCFBC0B5B9, 0xE26AA9E2A95F8E4F, "94600734460da3996743c2d4a1c6a4ed"),
    (64, 0x0D1EB0DBC200EE89, 0xF7C67301DB6713F0, "0123818d2d52d5ffa18e3356eb3822a2"),
    (100, 0x227A73410F9A8C4C, 0x6AC1E58032166597, "ca5140c199996fb0990734c8936dbd0f"),
    (191, 0x71043A03B5BB462F, 0xC761A074468BD17C, "0154f04d0ae311de0630045fc80fb641"),
    (192, 0x02D13F94B2A31A54, 0x43C7EE083F2B7D83, "4618753476de5f8394d1e00207eeaaf5"),
    (193, 0x3000E51613F6E430, 0x9B0AF442D6AC9163, "e6eb57a593a87d6ff943ec296e358b91"),
    (255, 0x99B35B6558F74074, 0x566D96B832B967C1, "32727ffa8c47867576fb31893ae0b247"),
    (256, 0xC8682D2F031ED2E4, 0xF33944343EE85824, "b63e99eb681d5bb5c13c901376d50f8a"),
    (300, 0x0E2163193BC1F214, 0xBCE7A3C046547078, "570fabfac032e69d7687c146bda825cc"),
    (1000, 0x933A2FD941EFD7FE, 0xF306F04AA88B54D3, "1ca0a36f4162e1d79e09f173f0c3123a"),
]


def test_hashes_of_every_length_are_their_authors():
    values = column([None] + [bytes(index % 251 for index in range(length)) for length, *_ in REFERENCE])
    spooky = hashes.spooky_hash_v2_64(values).to_pylist()
    assert spooky == [None] + [word.to_bytes(8, "big") for _, word, *_ in REFERENCE]
    assert hashes.spooky_hash_v2_32(values).to_pylist() == [None] + [word[4:] for word in spooky[1:]]
    assert hashes.xxhash64(values).to_pylist() == [None] + [word.to_bytes(8, "big") for _, _, word, _ in REFERENCE]
    assert hashes.murmur3(values).to_pylist() == [None] + [bytes.fromhex(code) for *_, code in REFERENCE]


@given(BINARIES)
def test_a_hash_does_not_depend_on_its_neighbours(values):
    for kernel in (hashes.spooky_hash_v2_64, hashes.xxhash64, hashes.murmur3):
        together = kernel(column(values)).to_pylist()
        assert together == [kernel(column([value])).to_pylist()[0] for value in values]
