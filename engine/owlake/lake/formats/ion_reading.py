"""Top-level values of Ion, made of the events of the ``amazon.ion`` package's reader in Python.

Not by the package's own ``load``: it nests as deep as a file likes, and whoever lets go of readers a million deep runs
out of stack. Its compiled reader is twice as fast, but on some damaged files it never ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from owlake.lake.formats.ion_values import Node

_DEEPEST = 1000
"""Deeper than any table: types of columns nest less."""


def top_values(source: Any, *, is_binary: bool) -> Iterator[Node]:
    """The values of a stream of bytes, or of text.

    Errors: whatever the package raises, which is anything; ValueError for what is nested too deep.
    """
    from amazon.ion.core import IonEventType  # noqa: PLC0415  (an extra)
    from amazon.ion.reader import NEXT_EVENT, blocking_reader  # noqa: PLC0415
    from amazon.ion.reader_binary import binary_reader  # noqa: PLC0415
    from amazon.ion.reader_managed import managed_reader  # noqa: PLC0415
    from amazon.ion.reader_text import text_reader  # noqa: PLC0415

    makers = _makers()
    raw = binary_reader() if is_binary else text_reader(is_unicode=True)
    reader = blocking_reader(managed_reader(raw, None), source)
    open_: list[tuple[Any, Any]] = []
    while (event := reader.send(NEXT_EVENT)).event_type is not IonEventType.STREAM_END:
        if event.event_type is IonEventType.CONTAINER_START:
            if len(open_) == _DEEPEST:
                text = f"Values are nested more than {_DEEPEST:,} deep"
                raise ValueError(text)
            open_.append((makers[event.ion_type].from_event(event), event.field_name))
            continue
        if event.event_type is IonEventType.CONTAINER_END:
            value, name = open_.pop()
        elif event.event_type is IonEventType.SCALAR:
            is_null = event.value is None or event.ion_type.is_container
            value, name = makers[0 if is_null else event.ion_type].from_event(event), event.field_name
        else:
            continue
        if not open_:
            yield value
            continue
        around: Any = open_[-1][0]
        around.add_item(name.text, value) if hasattr(around, "add_item") else around.append(value)


def _makers() -> tuple[Any, ...]:
    """The package's classes of values, by the number of their type."""
    from amazon.ion import simple_types as made  # noqa: PLC0415  (an extra)

    return (
        made.IonPyNull, made.IonPyBool, made.IonPyInt, made.IonPyFloat, made.IonPyDecimal, made.IonPyTimestamp,
        made.IonPySymbol, made.IonPyText, made.IonPyBytes, made.IonPyBytes, made.IonPyList, made.IonPyList,
        made.IonPyDict,
    )  # fmt: skip
