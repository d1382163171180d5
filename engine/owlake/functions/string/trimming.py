"""Removing characters from the ends of text."""

from __future__ import annotations

from owlake.functions.registry import CallSite
from owlake.functions.string.family import FAMILY
from owlake.functions.texts import quoted, text_of, with_char
from owlake.types.model import Char

# What Java calls white space: Unicode's separators but the ones that do not break, tab to carriage return, and the
# separators of files, groups, records and units.
_BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a"
    "\u2028\u2029\u205f\u3000"
)
_NATIVE = {"ltrim": "ltrim", "rtrim": "rtrim", "trim": "btrim"}
_PLACES = {"ltrim": "the beginning", "rtrim": "the end", "trim": "both ends"}


def _declare(name: str) -> None:
    def blanks(site: CallSite) -> str:
        return f"{_NATIVE[name]}({site.sql(0)}, {quoted(_BLANKS)})"

    def characters(site: CallSite) -> str:
        trimmed = f"{_NATIVE[name]}({site.sql(0)}, {text_of(site, 1)})"
        at_end = isinstance(site.arguments[0].type, Char) and name != "ltrim"
        return f"rtrim({trimmed})" if at_end else trimmed

    blanks.__doc__ = f"Removes white space from {_PLACES[name]}."
    characters.__doc__ = f"Removes the given characters from {_PLACES[name]}."
    FAMILY.sql(*with_char(f"{name}(varchar(x)) -> varchar(x)", "x"))(blanks)
    FAMILY.sql(*with_char(f"{name}(varchar(x), varchar(y)) -> varchar(x)", "xy"))(characters)


for _name in _NATIVE:
    _declare(_name)
