"""URLs, held to what Java makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlake.functions.url import _parts, parse_url, url_decode, url_encode, url_extract_port

VECTORS = json.loads((Path(__file__).parent / "url_vectors.json").read_text())["vectors"]


def parts(text):
    url = parse_url(text)
    if url is None:
        return None
    query = unquote(url.query or "")
    return [url.protocol, url.host, url.port, unquote(url.path), query, unquote(url.fragment), url.query]


def test_urls_have_the_parts_that_java_finds():
    assert len(VECTORS) > 400
    assert [[text, parts(text)] for text, _ in VECTORS] == VECTORS


COLUMNS = [
    ("protocol", 0, lambda url: url.protocol),
    ("host", 1, lambda url: url.host),
    ("path", 3, lambda url: unquote(url.path)),
    ("query", 4, lambda url: unquote(url.query or "")),
    ("fragment", 5, lambda url: unquote(url.fragment)),
]


@pytest.mark.parametrize(("name", "index", "other"), COLUMNS)
def test_columns_of_urls_have_the_parts_that_java_finds(name, index, other):
    urls = pa.array([None, *(text for text, _ in VECTORS), None])
    wanted = [None, *(None if found is None else found[index] for _, found in VECTORS), None]
    assert _parts(urls, name, other).to_pylist() == wanted


def test_columns_of_urls_have_the_ports_that_java_finds():
    urls = pa.array([None, *(text for text, _ in VECTORS)])
    assert url_extract_port(urls).to_pylist() == [None, *(found and found[2] for _, found in VECTORS)]


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]))))
def test_what_is_encoded_is_decoded(texts):
    encoded = url_encode(pa.array(texts, pa.string())).to_pylist()
    assert [None if text is None else url_decode(text) for text in encoded] == texts
    written = "".join(filter(None, encoded))
    assert set(written) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*+%")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_a_url_or_none(text):
    url = parse_url(text)
    assert url is None or url.fragment in text
