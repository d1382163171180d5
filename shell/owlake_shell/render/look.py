"""How results look, whatever their form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Expanded(Enum):
    """When a table is written with a line for each value."""

    ON = "on"
    OFF = "off"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Look:
    """How results look.

    Attributes:
        null: What stands for NULL where the form has nothing of its own for it.
        types: Whether the header names the types too.
        expanded: When tables are written with a line for each value; ``AUTO`` is where they are too wide.
        width: The cells of a line of the terminal; None where the text goes elsewhere.
        color: Whether NULL and headers may be told by color.
    """

    null: str = "NULL"
    types: bool = False
    expanded: Expanded = Expanded.OFF
    width: int | None = None
    color: bool = False
