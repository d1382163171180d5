"""What ``help`` shows of a client's method."""

from __future__ import annotations

import inspect

from owlake.operations.declaration import Operation
from owlake.operations.shapes import Choice, Document, ListOf, MapOf, Member, Scalar, Shape, Structure
from owlake.operations.signature import Signature, literal


def documentation(operation: Operation, signature: Signature) -> str:
    """The operation's own words, its parameters, and the form of its response."""
    lines = [inspect.getdoc(operation.method) or operation.name, ""]
    if signature.parameters:
        lines += ["Parameters:", *(f"    {_parameter(one)}" for one in signature.parameters), ""]
    return "\n".join([*lines, f"Response: {_response(signature)}"])


def _parameter(member: Member) -> str:
    if member.required:
        return f"{member.api_name} ({_form(member.shape)}), required"
    default = member.left_out()
    return f"{member.api_name} ({_form(member.shape)})" + (f", default {literal(default)}" if default else "")


def _response(signature: Signature) -> str:
    result = signature.result
    if result.shape is None:
        return "{}"
    if isinstance(result.shape, Structure) and not result.many:
        return _form(result.shape)
    return f"{{{result.api_name}: {f'[{_form(result.shape)}]' if result.many else _form(result.shape)}}}"


def _form(shape: Shape) -> str:
    match shape:
        case Scalar():
            return shape.python.__name__
        case Choice():
            return " | ".join(map(repr, shape.values))
        case ListOf():
            return f"[{_form(shape.element)}]"
        case MapOf():
            return f"{{str: {_form(shape.value)}}}"
        case Structure():
            return f"{{{', '.join(f'{one.api_name}: {_form(one.shape)}' for one in shape.members)}}}"
        case Document():
            return "JSON"
        case _:
            return str(shape.type)
