"""like_regex: XQuery's regular expressions, by the library that knows more than they do."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import regex

from owlake.functions.json.path.items import PathError

_FLAGS = {"i": regex.IGNORECASE, "s": regex.DOTALL, "m": regex.MULTILINE, "x": regex.VERBOSE}


@lru_cache(maxsize=256)
def like_regex(pattern: str, flags: str) -> Callable[[str], bool]:
    """Whether a text has a part that the pattern matches; the flag ``q`` takes the pattern literally.

    Errors: PathError for a pattern or flag that is none.
    """
    chosen = regex.VERSION0
    for flag in flags.replace("q", ""):
        if flag not in _FLAGS:
            raise PathError(f"invalid like_regex flags in JSON path: {flags}")
        chosen |= _FLAGS[flag]
    try:
        compiled = regex.compile(regex.escape(pattern) if "q" in flags else pattern, chosen)
    except regex.error as problem:
        raise PathError(f"invalid like_regex pattern in JSON path: {problem}") from problem
    return lambda text: compiled.search(text) is not None
