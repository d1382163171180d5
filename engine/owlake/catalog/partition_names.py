"""Partition names, ``dt=2024-01-01/country=de``, with Hive's escaping of what a folder name cannot hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
"""How a partition value of NULL (or of no characters) is written."""

_UNSAFE = re.compile(r"[\x01-\x1f\"#%'*/:=?\\\x7f{\[\]^]")


def escape(text: str) -> str:
    """The text as part of a folder's name: ``a/b`` becomes ``a%2Fb``."""
    if not text:
        return DEFAULT_PARTITION
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", text)


def unescape(text: str) -> str:
    """What ``escape`` made; a ``%`` that no two hexadecimal digits follow stays."""
    return unquote(text, errors="surrogateescape") if "%" in text else text


def partition_name(keys: Sequence[str], values: Sequence[str]) -> str:
    """``k=v/k2=v2``."""
    return "/".join(f"{escape(key)}={escape(value)}" for key, value in zip(keys, values, strict=True))


def parse_folder(name: str) -> tuple[str, str] | None:
    """Key and value of a folder named ``key=value``, or None."""
    key, equals, value = name.partition("=")
    return (unescape(key), unescape(value)) if equals and key else None
