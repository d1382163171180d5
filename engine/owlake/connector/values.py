"""Values of types that connectors cannot make with Arrow alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def normal_json(texts: Any) -> pa.Array:
    """JSON texts as the type ``json`` holds them: without blanks, keys in order, numbers as Java writes them.

    Errors: INVALID_FUNCTION_ARGUMENT for a text that is no JSON.
    """
    from owlake.functions.json.parsing import json_parse  # noqa: PLC0415  (the function library, on use)

    return json_parse(texts)
