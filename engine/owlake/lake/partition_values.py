"""Partition values between the text of catalog and paths and the column's Trino type."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.partition_values import InvalidValue, contains, typed_value
from owlake.errors import error
from owlake.lake.java_text import double_text
from owlake.lake.model import Domain, Value
from owlake.types import model
from owlake.types.model import REAL, Type

_MICROSECONDS_OF_A_MILLISECOND = 1000


def partition_value(text: str, type_: Type, partition_name: str) -> Value | None:
    """The value of a partition's text; None for ``__HIVE_DEFAULT_PARTITION__``.

    Errors: HIVE_INVALID_PARTITION_VALUE, naming the partition (``dt=2020-01-01/hour=x``).
    """
    try:
        return typed_value(text, type_)
    except InvalidValue as problem:
        kind = str(type_) if isinstance(type_, model.Decimal) else type_.base.upper()
        raise error(
            "HIVE_INVALID_PARTITION_VALUE",
            f"Invalid partition value '{text}' for {kind} partition key: {partition_name}",
        ) from problem


def allows(domain: Domain, value: Value | None) -> bool:
    """Whether the domain lets the value (None: NULL) through."""
    return domain.null_allowed if value is None else contains(domain, value)


def value_text(value: Value | None, type_: Type) -> str:
    """The text in which catalog and paths keep a value: Hive's, where NULL and '' are one."""
    match value:
        case None | "":
            text = DEFAULT_PARTITION
        case bool():
            text = "true" if value else "false"
        case datetime():
            text = _timestamp_text(value)
        case Decimal():
            text = f"{value:f}"
        case float():
            text = double_text(value, is_real=type_ == REAL)
        case _:
            text = str(value)
    return text


def _timestamp_text(value: datetime) -> str:
    milliseconds = value.microsecond // _MICROSECONDS_OF_A_MILLISECOND
    seconds = value.replace(microsecond=0, tzinfo=None).isoformat(sep=" ")
    return f"{seconds}.{milliseconds:03}".rstrip("0") if milliseconds else seconds
