"""json_parse and json_format."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from owlake.errors import error
from owlake.functions.json.documents import NotJsonError, normal_text, normal_texts
from owlake.functions.json.family import FAMILY
from owlake.functions.registry import Execution


@FAMILY.kernel("json_parse(varchar(x)) -> json", raises=True, execution=Execution.VALUE)
def json_parse(texts: Any) -> pa.Array:
    """A text as JSON, in its normal form: without blanks, keys in order, numbers as Java writes them."""
    try:
        return normal_texts(texts)
    except NotJsonError:
        # The first wrong one is named.
        return pa.array([None if text is None else _normal(text) for text in texts.to_pylist()], pa.string())


def _normal(text: str) -> str:
    try:
        return normal_text(text)
    except NotJsonError:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Cannot convert value to JSON: '{text}'") from None


FAMILY.native("json_format(json) -> varchar", "{0}", "The text of a JSON value")
