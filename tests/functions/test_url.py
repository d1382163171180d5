"""URLs, held to what Java makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from owlake.functions.url import parse_url, url_decode, url_encode

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


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_encoded_is_decoded(text):
    encoded = url_encode(text)
    assert url_decode(encoded) == text
    assert set(encoded) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*+%")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_a_url_or_none(text):
    url = parse_url(text)
    assert url is None or url.fragment in text
