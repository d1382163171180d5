"""The functions that ``LambdaArn`` names: those that plugins register, and HTTP endpoints that speak as Lambda does."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from owlake.spi import Home
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.processing.transformation import Function, InvocationError

_LONGEST = 300
"""Seconds that an invocation may take."""


def find_function(home: Home, arn: str) -> Function:
    """The function of this name, ARN or address. Errors: InvalidArgumentException."""
    if arn.startswith(("http://", "https://")):
        return _Endpoint(arn)
    name = arn.split(":function:", 1)[-1].split(":", 1)[0]
    found = home.plugins.lambdas().get(name)
    if found is None:
        raise errors.invalid_argument(f"LambdaArn names no function that a plugin registers: {arn}")
    return _Guarded(found)


class _Guarded:
    """A function of a plugin: what it raises fails the invocation."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def __call__(self, event: Mapping[str, Any]) -> Any:
        try:
            return self._function(event)
        except Exception as problem:
            raise InvocationError("Lambda.FunctionError", f"{type(problem).__name__}: {problem}") from problem


class _Endpoint:
    """A function behind an address: events are posted there."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, event: Mapping[str, Any]) -> Any:
        request = urllib.request.Request(  # noqa: S310  (http and https only, see above)
            self._url, json.dumps(event).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_LONGEST) as response:  # noqa: S310
                return json.load(response)
        except (OSError, ValueError, urllib.error.URLError) as problem:
            raise InvocationError("Lambda.InvokeFailed", str(problem)) from problem
