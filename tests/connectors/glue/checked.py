"""A client whose answers are held to botocore's model of the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

GLUE = botocore.session.get_session().get_service_model("glue")
_OPERATIONS = {
    "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_"): name
    for name in GLUE.operation_names
}


class Checked:
    """The client of ``glue``: arguments and answers have the shapes of the API."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        model = GLUE.operation_model(_OPERATIONS[name])

        def call(**arguments: Any) -> dict[str, Any]:
            assert not ParamValidator().validate(arguments, model.input_shape).has_errors()
            answer = getattr(self._client, name)(**arguments)
            assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
            problems = ParamValidator().validate(answer, model.output_shape)
            assert not problems.has_errors(), problems.generate_report()
            return answer

        return call


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    """Code and text of the error."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]
