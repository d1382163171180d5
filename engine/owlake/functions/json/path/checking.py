"""What can be said of a path before it meets a document: the types of its values as far as they are known."""

from __future__ import annotations

from collections.abc import Collection

from owlake.functions.json.path import nodes
from owlake.functions.json.path.arithmetic import result_type
from owlake.functions.json.path.items import PathError
from owlake.functions.json.path.patterns import like_regex
from owlake.types.model import BOOLEAN, DOUBLE, INTEGER, Decimal, Type, Varchar, is_integer, is_numeric, is_text


class UnsupportedPathError(ValueError):
    """A path that is right, but not supported."""


def check_path(path: nodes.JsonPath, variables: Collection[str]) -> Type | None:
    """The type of SQL that all of the path's items have, if that is known.

    Errors: PathError for a variable that is not passed, operators and methods over types without them, bad patterns;
    UnsupportedPathError for datetime(), which Trino does not have either.
    """
    return _Checker(variables).path(path.root)


class _Checker:
    def __init__(self, variables: Collection[str]) -> None:
        self._variables = variables

    def path(self, node: nodes.Path) -> Type | None:
        match node:
            case nodes.Literal():
                return node.type
            case nodes.LastIndex():
                return INTEGER
            case nodes.Variable():
                self._variable(node.name)
                return None
            case nodes.Unary():
                return self._unary(node)
            case nodes.Binary():
                return self._binary(node)
            case nodes.Method():
                return self._method(node)
            case nodes.Filter():
                self.predicate(node.predicate)
                return self.path(node.base)
            case nodes.Elements():
                for subscript in node.subscripts:
                    self.path(subscript.start)
                    if subscript.end is not None:
                        self.path(subscript.end)
                self.path(node.base)
                return None
            case nodes.Member() | nodes.Descendants():
                self.path(node.base)
                return None
            case _:
                return None

    def _variable(self, name: str) -> None:
        if name in self._variables:
            return
        hint = ""
        if any(one.lower() == name.lower() for one in self._variables):
            hint = f'. Try quoting "{name}" in the PASSING clause to match case'
        raise PathError(f"no value passed for parameter {name}{hint}")

    def _unary(self, node: nodes.Unary) -> Type | None:
        type_ = self.path(node.base)
        if type_ is not None and not is_numeric(type_):
            word = "Invalid" if node.sign == "+" else "invalid"
            raise PathError(f"{word} operand type ({type_}) in JSON path arithmetic unary expression")
        return type_

    def _binary(self, node: nodes.Binary) -> Type | None:
        left, right = self.path(node.left), self.path(node.right)
        if left is None or right is None:
            return None
        found = result_type(node.operator, left, right)
        if found is None:
            text = f"invalid operand types ({left} and {right}) in JSON path arithmetic binary expression"
            raise PathError(text)
        return found

    def _method(self, node: nodes.Method) -> Type | None:
        type_ = self.path(node.base)
        match node.name:
            case "type":
                return Varchar(27)
            case "size":
                return INTEGER
            case "keyvalue":
                return None
            case "datetime":
                raise UnsupportedPathError("datetime() method in JSON path is not supported")
            case "double":
                if type_ is not None and not (is_numeric(type_) or is_text(type_)):
                    raise PathError(f"cannot perform JSON path double() method with {type_} argument")
                return DOUBLE
            case _:
                return _rounded_type(node.name, type_)

    def predicate(self, node: nodes.Predicate) -> Type:
        match node:
            case nodes.Comparison() | nodes.Conjunction() | nodes.Disjunction():
                for side in (node.left, node.right):
                    if isinstance(side, nodes.Predicate):
                        self.predicate(side)
                    else:
                        self.path(side)
            case nodes.Negation() | nodes.IsUnknown():
                self.predicate(node.predicate)
            case nodes.Exists():
                self.path(node.path)
            case nodes.StartsWith():
                self.path(node.whole)
                self.path(node.initial)
            case nodes.LikeRegex():
                self.path(node.base)
                like_regex(node.pattern, node.flags)
            case _:
                raise TypeError(node)
        return BOOLEAN


def _rounded_type(method: str, type_: Type | None) -> Type | None:
    """The type of ``abs()``, ``ceiling()`` or ``floor()``."""
    if type_ is None:
        return None
    if not is_numeric(type_):
        raise PathError(f"cannot perform JSON path {method}() method with {type_} argument")
    if method == "abs" or is_integer(type_) or not isinstance(type_, Decimal):
        return type_
    return Decimal(type_.precision - type_.scale + min(type_.scale, 1), 0)
