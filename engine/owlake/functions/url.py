"""URLs (https://trino.io/docs/current/functions/url.html), taken apart as Java's ``URI`` does."""

from __future__ import annotations

import re
import socket
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, unquote_plus

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.functions.arrays import by_distinct
from owlake.functions.distinct import once_per_value
from owlake.functions.octets import Octets, octets
from owlake.functions.registry import Family
from owlake.ir.expressions import Expression
from owlake.types.model import VARCHAR, Type, Varchar

FAMILY = Family("url")

_UNBOUNDED = 2**31 - 1

# The grammar of https://www.rfc-editor.org/rfc/rfc2396 as java.net.URI reads it: characters beyond ASCII are letters,
# unless they are blanks or control characters.
_OTHER = r"[^\x00-\x7f\x80-\x9f\s]"
_UNRESERVED = r"[A-Za-z0-9_\-!.~'()*]"
_ESCAPED = r"%[0-9A-Fa-f]{2}"
_PATH = rf"(?:{_UNRESERVED}|{_ESCAPED}|{_OTHER}|[:@&=+$,;/])*"
_QUERY = rf"(?:{_UNRESERVED}|{_ESCAPED}|{_OTHER}|[;/?:@&=+$,\[\]])*"
_AUTHORITY = rf"(?:{_UNRESERVED}|{_ESCAPED}|{_OTHER}|[$,;:@&=+\[\]])*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?"
_LAST_LABEL = r"[A-Za-z](?:[A-Za-z0-9\-]*[A-Za-z0-9])?"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_SERVER = re.compile(
    rf"(?:[^@]*@)?(?P<host>\[(?P<new>[0-9A-Fa-f:.]+)(?:%[A-Za-z0-9_.\-%]+)?\]|{_OCTET}(?:\.{_OCTET}){{3}}"
    rf"|(?:{_LABEL}\.)+{_LAST_LABEL}\.?|{_LABEL}\.?)(?::(?P<port>\d*))?"
)
_HIGHEST_PORT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a URL, as written; empty where there are none, None for a query that is not there."""

    protocol: str = ""
    host: str = ""
    port: int | None = None
    path: str = ""
    query: str | None = None
    fragment: str = ""


@lru_cache(maxsize=10_000)
def parse_url(text: str) -> Url | None:
    """The parts of a URL; None for what is none."""
    scheme, rest = _scheme(text)
    if rest is None:
        return None
    body, mark, fragment = rest.partition("#")
    if not re.fullmatch(_QUERY, fragment):
        return None
    if scheme and not body.startswith("/"):
        # mailto:someone@example.com has no parts.
        return Url(scheme, fragment=fragment) if body and re.fullmatch(_QUERY, body) else None
    if body == "//" and not mark:
        return None
    return _hierarchical(scheme, body, fragment)


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+\-.]*):")


def _scheme(text: str) -> tuple[str, str | None]:
    """The scheme and what follows it; None for that where a colon ends what is no scheme."""
    found = _SCHEME.match(text)
    if found is not None:
        return found[1], text[found.end() :]
    before = re.match(r"[^/?#]*?:", text)
    return "", None if before is not None else text


def _hierarchical(scheme: str, body: str, fragment: str) -> Url | None:
    location, question, query = body.partition("?")
    if question and not re.fullmatch(_QUERY, query):
        return None
    server: tuple[str, int | None] | None = ("", None)
    if location.startswith("//"):
        authority, slash, path = location[2:].partition("/")
        location, server = slash + path, _server(authority)
    if server is None or not re.fullmatch(_PATH, location):
        return None
    return Url(scheme, *server, location, query if question else None, fragment)


def _server(authority: str) -> tuple[str, int | None] | None:
    """The host and the port; nothing for an authority that names none, None for what is no authority."""
    if not re.fullmatch(_AUTHORITY, authority):
        return None
    found = _SERVER.fullmatch(authority)
    if found is None or (found["new"] is not None and not _is_address(found["new"])):
        return None if "[" in authority or "]" in authority else ("", None)
    port = int(found["port"]) if found["port"] else None
    return ("", None) if port is not None and port > _HIGHEST_PORT else (found["host"], port)


def _is_address(text: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, text)
    except OSError:
        return False
    return True


# Parts --------------------------------------------------------------------------------------------------


# What most URLs look like: nothing escaped, no user, a host with a name. Whole columns of them are taken apart at once.
_PLAIN = r"A-Za-z0-9_\-!.~'()*:@&=$,;/"
_COMMON = (
    r"\A(?P<protocol>[A-Za-z][A-Za-z0-9+\-.]*)://"
    rf"(?P<host>(?:{_LABEL}\.)+{_LAST_LABEL})(?::(?P<port>\d{{1,5}}))?(?P<path>(?:/[{_PLAIN}+]*)?)"
    rf"(?:\?(?P<query>[{_PLAIN}+?]*))?(?:#(?P<fragment>[{_PLAIN}+?]*))?\z"
)


def _parts(urls: pa.Array, name: str, other: Callable[[Url], str | None]) -> pa.Array:
    """A part of each URL by its name in the common form, by ``other`` where a URL has not that form."""
    found = pc.extract_regex(urls, _COMMON)
    parts = found.field(name)
    common = found.is_valid()
    if found.null_count == urls.null_count:
        return pc.if_else(common, parts, pa.scalar(None, pa.string()))
    rest = urls.filter(pc.and_(urls.is_valid(), pc.invert(common)))
    taken = once_per_value(
        rest, lambda values: [None if url is None else other(url) for url in map(parse_url, values)], pa.string()
    )
    rare = pc.and_(urls.is_valid(), pc.invert(common))
    return pc.replace_with_mask(pc.if_else(common, parts, pa.scalar(None, pa.string())), rare, taken)


def _extract(name: str, part: str, other: Callable[[Url], str | None], description: str) -> None:
    def kernel(urls: pa.Array) -> pa.Array:
        return _parts(urls, part, other)

    kernel.__name__ = kernel.__qualname__ = name
    kernel.__doc__ = description
    FAMILY.kernel(f"{name}(varchar(x)) -> varchar(x)")(kernel)


_extract("url_extract_protocol", "protocol", lambda url: url.protocol, "The protocol of a URL")
_extract("url_extract_host", "host", lambda url: url.host, "The host of a URL")
_extract("url_extract_path", "path", lambda url: unquote(url.path), "The path of a URL")
_extract("url_extract_query", "query", lambda url: unquote(url.query or ""), "The query of a URL")
_extract("url_extract_fragment", "fragment", lambda url: unquote(url.fragment), "The fragment of a URL")


@FAMILY.kernel("url_extract_port(varchar(x)) -> bigint")
def url_extract_port(urls: pa.Array) -> pa.Array:
    """The port of a URL; NULL where it names none."""
    ports = _parts(urls, "port", lambda url: "" if url.port is None else str(url.port))
    return pc.if_else(pc.equal(ports, ""), pa.scalar(None, pa.string()), ports).cast(pa.int64())


@FAMILY.kernel("url_extract_parameter(varchar(x), varchar(y)) -> varchar(x)", raises=True)
def url_extract_parameter(urls: Any, names: Any) -> pa.Array:
    """The value of the first parameter of a name in the query of a URL."""
    return by_distinct(names, [urls], _parameters, pa.string())


def _parameters(name: str, urls: pa.Array) -> pa.Array:
    queries = _parts(urls, "query", lambda url: url.query)
    if "&" in name or "=" in name:
        return pa.nulls(len(urls), pa.string())
    one = rf"(?:\A|&){re.escape(name)}(?:=(?P<value>[^&]*))?(?:&|\z)"
    values = pc.struct_field(pc.extract_regex(queries, one), "value")
    # The query of what has none is not that of what has an empty one: the nameless parameter is in the latter only.
    if name == "":
        values = pc.if_else(pc.equal(queries, ""), pa.scalar(None, pa.string()), values)
    escaped = pc.match_substring_regex(values, "[%+]").fill_null(False)
    if not pc.any(escaped).as_py():
        return values
    decoded = pa.array([_decoded(value) for value in values.filter(escaped).to_pylist()], pa.string())
    return pc.replace_with_mask(values, escaped, decoded)


# Encoding -----------------------------------------------------------------------------------------------


def _encoded_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    """A character is four bytes at most, each in three characters."""
    type_ = arguments[0].type
    assert isinstance(type_, Varchar)
    longest = _UNBOUNDED if type_.length is None else type_.length * 12
    return Varchar(longest) if longest < _UNBOUNDED else VARCHAR


@FAMILY.kernel("url_encode(varchar(x)) -> varchar", returns=_encoded_type)
def url_encode(texts: Any) -> pa.Array:
    """Escapes a text for the names and values of a query's parameters."""
    source = octets(texts)
    escaped = _IS_ESCAPED[source.data]
    ends = np.cumsum(np.where(escaped, 3, 1))
    begins = np.append(0, ends)
    data = np.empty(begins[-1], np.uint8)
    data[begins[:-1]] = _WRITTEN[source.data]
    places, high = begins[:-1][escaped], source.data[escaped]
    data[places + 1], data[places + 2] = _HEXADECIMAL[high >> 4], _HEXADECIMAL[high & 15]
    return Octets(data, begins[source.offsets], source.present).array(pa.string())


_HEXADECIMAL = np.frombuffer(b"0123456789ABCDEF", np.uint8)
_UNESCAPED = np.frombuffer((string.ascii_letters + string.digits + "-_.*").encode(), np.uint8)
_WRITTEN = np.full(256, ord("%"), np.uint8)
_WRITTEN[_UNESCAPED] = _UNESCAPED
_IS_ESCAPED = np.ones(256, np.bool_)
_IS_ESCAPED[_UNESCAPED] = False
_WRITTEN[ord(" ")], _IS_ESCAPED[ord(" ")] = ord("+"), False


_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@FAMILY.per_value("url_decode(varchar(x)) -> varchar(x)", raises=True)
def url_decode(text: str) -> str:
    """Takes back what ``url_encode`` does."""
    return _decoded(text)


def _decoded(text: str) -> str:
    wrong = _BAD_ESCAPE.search(text)
    if wrong is not None:
        digits = text[wrong.start() + 1 : wrong.start() + 3]
        if len(digits) < 2:
            raise error("INVALID_FUNCTION_ARGUMENT", "URLDecoder: Incomplete trailing escape (%) pattern")
        reason = f'For input string: "{digits}"'
        text = f"URLDecoder: Illegal hex characters in escape (%) pattern - {reason}"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    return unquote_plus(text)
