"""SQL/JSON paths over documents: a tree becomes a function once, and that runs for each document.

The rules of lax and strict mode are the SQL standard's as Trino has them
(https://trino.io/docs/current/functions/json.html#json-path-language). Where a document does not fit, a path raises
PathError; a predicate never does, it is unknown (None) then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from owlake.functions.json.path import nodes
from owlake.functions.json.path.arithmetic import calculate, negated
from owlake.functions.json.path.items import Item, PathError, Typed, item_type_error, text_of, type_name
from owlake.functions.json.path.methods import METHODS, array_index, as_number, as_operand, key_values, unchanged
from owlake.functions.json.path.parser import parse_path
from owlake.functions.json.path.patterns import like_regex
from owlake.functions.json.path.predicates import Decide, compare_sequences, conjunction, disjunction, exists, known
from owlake.types.model import INTEGER, Varchar

EMPTY_SEQUENCE = object()
"""What is passed for a NULL that was declared to be JSON."""

Sequence_ = list[Item]
_OUTSIDE = object()
"""What stands for the current item outside of filters."""


class _Context:
    """Where an evaluation is: the document, what was passed, the item of the filter, the array's last index.

    ``objects`` counts the objects that keyvalue() has met.
    """

    __slots__ = ("current", "last", "objects", "root", "variables")

    def __init__(self, root: Item, variables: Mapping[str, Item], current: Item, last: int, objects: list[int]) -> None:
        self.root = root
        self.variables = variables
        self.current = current
        self.last = last
        self.objects = objects

    def with_current(self, item: Item) -> _Context:
        return _Context(self.root, self.variables, item, self.last, self.objects)

    def with_last(self, index: int) -> _Context:
        return _Context(self.root, self.variables, self.current, index, self.objects)


Evaluate = Callable[[_Context], Sequence_]


class CompiledPath:
    """A path, ready to be evaluated."""

    def __init__(self, path: nodes.JsonPath) -> None:
        self._evaluate = _Compiler(lax=path.lax).path(path.root)

    def evaluate(self, root: Item, variables: Mapping[str, Item]) -> Sequence_:
        """The items that the path gives.

        Errors: PathError.
        """
        return self._evaluate(_Context(root, variables, _OUTSIDE, -1, [0]))


@lru_cache(maxsize=512)
def compiled_path(text: str) -> CompiledPath:
    """The path of this text, which is known to be right."""
    return CompiledPath(parse_path(text))


def unwrapped(sequence: Sequence_) -> Sequence_:
    """The sequence with its arrays' elements in place of the arrays."""
    if len(sequence) == 1 and type(sequence[0]) is not list:
        return sequence
    return [inner for item in sequence for inner in (item if isinstance(item, list) else (item,))]


class _Compiler:
    def __init__(self, *, lax: bool) -> None:
        self._lax = lax

    def path(self, node: nodes.Path) -> Evaluate:
        match node:
            case nodes.ContextItem():
                return lambda context: [context.root]
            case nodes.CurrentItem():
                return _current_item
            case nodes.LastIndex():
                return _last_index
            case nodes.NullLiteral():
                return lambda _: [None]
            case nodes.Literal():
                literal = [Typed(node.type, node.value)]
                return lambda _: literal
            case nodes.Variable():
                return _variable(node.name)
            case nodes.Unary():
                return self._unary(node)
            case nodes.Binary():
                return self._binary(node)
            case nodes.Method():
                return self._method(node)
            case _:
                return self._accessor(node)

    def _accessor(self, node: nodes.Path) -> Evaluate:
        match node:
            case nodes.Member(key=None):
                return self._all_members(node)
            case nodes.Member():
                return self._member(node, str(node.key))
            case nodes.Descendants():
                base, key = self.path(node.base), node.key
                return lambda context: [found for item in base(context) for found in _descendants(item, key)]
            case nodes.Elements():
                return self._elements(node)
            case nodes.Filter():
                return self._filter(node)
            case _:
                raise TypeError(node)

    def _base(self, node: nodes.Path) -> Evaluate:
        """A path whose arrays are taken apart in lax mode."""
        base = self.path(node)
        return (lambda context: unwrapped(base(context))) if self._lax else base

    # Accessors ------------------------------------------------------------------------------------------

    def _member(self, node: nodes.Member, key: str) -> Evaluate:
        base = self._base(node.base)
        if self._lax:
            return lambda context: [item[key] for item in base(context) if isinstance(item, dict) and key in item]

        def strict(context: _Context) -> Sequence_:
            found = []
            for item in base(context):
                if not isinstance(item, dict):
                    raise item_type_error("OBJECT", item)
                if key not in item:
                    raise PathError(f"structural error: missing member '{key}' in JSON object")
                found.append(item[key])
            return found

        return strict

    def _all_members(self, node: nodes.Member) -> Evaluate:
        base = self._base(node.base)

        def members(context: _Context) -> Sequence_:
            found: Sequence_ = []
            for item in base(context):
                if isinstance(item, dict):
                    found.extend(item.values())
                elif not self._lax:
                    raise item_type_error("OBJECT", item)
            return found

        return members

    def _elements(self, node: nodes.Elements) -> Evaluate:
        base = self.path(node.base)
        subscripts = [
            (self.path(subscript.start), self.path(subscript.end) if subscript.end is not None else None)
            for subscript in node.subscripts
        ]

        def elements(context: _Context) -> Sequence_:
            found: Sequence_ = []
            for item in base(context):
                if not isinstance(item, list) and not self._lax:
                    raise item_type_error("ARRAY", item)
                array = item if isinstance(item, list) else [item]
                if not subscripts:
                    found.extend(array)
                elif array:
                    inside = context.with_last(len(array) - 1)
                    for start, end in subscripts:
                        found.extend(self._range(array, start(inside), end(inside) if end is not None else None))
                elif not self._lax:
                    raise PathError("structural error: invalid array subscript for empty array")
            return found

        return elements

    def _range(self, array: Sequence_, start: Sequence_, end: Sequence_ | None) -> Sequence_:
        if len(start) != 1:
            raise PathError("array subscript 'from' value must be singleton numeric")
        if end is not None and len(end) != 1:
            raise PathError("array subscript 'to' value must be singleton numeric")
        first = array_index(start[0])
        last = first if end is None else array_index(end[0])
        if not self._lax and not 0 <= first <= last < len(array):
            text = f"structural error: invalid array subscript: [{first}, {last}] for array of size {len(array)}"
            raise PathError(text)
        return array[max(first, 0) : last + 1] if last >= 0 else []

    def _filter(self, node: nodes.Filter) -> Evaluate:
        base, decide = self._base(node.base), self.predicate(node.predicate)
        return lambda context: [item for item in base(context) if decide(context.with_current(item))]

    # Arithmetic and methods -----------------------------------------------------------------------------

    def _unary(self, node: nodes.Unary) -> Evaluate:
        base = self._base(node.base)
        change = negated if node.sign == "-" else unchanged
        return lambda context: [change(as_number(item)) for item in base(context)]

    def _binary(self, node: nodes.Binary) -> Evaluate:
        left, right = self._base(node.left), self._base(node.right)

        def binary(context: _Context) -> Sequence_:
            one, other = left(context), right(context)
            if len(one) != 1 or len(other) != 1:
                raise PathError("arithmetic binary expression requires singleton operands")
            return [calculate(node.operator, as_operand(one[0]), as_operand(other[0]))]

        return binary

    def _method(self, node: nodes.Method) -> Evaluate:
        if node.name == "size":
            base = self.path(node.base)
            return lambda context: [Typed(INTEGER, self._size(item)) for item in base(context)]
        if node.name == "type":
            base = self.path(node.base)
            return lambda context: [Typed(Varchar(27), type_name(item)) for item in base(context)]
        base = self._base(node.base)
        if node.name == "keyvalue":
            return lambda context: [pair for item in base(context) for pair in key_values(item, context.objects)]
        method = METHODS[node.name]
        return lambda context: [method(item) for item in base(context)]

    def _size(self, item: Item) -> int:
        if isinstance(item, list):
            return len(item)
        if not self._lax:
            raise item_type_error("ARRAY", item)
        return 1

    # Predicates -----------------------------------------------------------------------------------------

    def predicate(self, node: nodes.Predicate) -> Decide:
        match node:
            case nodes.Conjunction():
                return conjunction(self.predicate(node.left), self.predicate(node.right))
            case nodes.Disjunction():
                return disjunction(self.predicate(node.left), self.predicate(node.right))
            case nodes.Negation():
                inner = self.predicate(node.predicate)
                return lambda context: None if (found := inner(context)) is None else not found
            case nodes.IsUnknown():
                inner = self.predicate(node.predicate)
                return lambda context: inner(context) is None
            case nodes.Exists():
                return known(exists(self.path(node.path)))
            case nodes.Comparison():
                return self._comparison(node)
            case nodes.StartsWith():
                return self._starts_with(node)
            case nodes.LikeRegex():
                matches = like_regex(node.pattern, node.flags)
                return self._of_texts(self._base(node.base), lambda _: matches)
            case _:
                raise TypeError(node)

    def _comparison(self, node: nodes.Comparison) -> Decide:
        left, right = self._base(node.left), self._base(node.right)

        def decide(context: _Context) -> bool | None:
            return compare_sequences(node.operator, left(context), right(context), lax=self._lax)

        return known(decide)

    def _starts_with(self, node: nodes.StartsWith) -> Decide:
        initial = self.path(node.initial)

        def with_prefix(context: _Context) -> Callable[[str], bool] | None:
            found = initial(context)
            prefix = text_of(found[0]) if len(found) == 1 else None
            return None if prefix is None else lambda text: text.startswith(prefix)

        return self._of_texts(self._base(node.whole), with_prefix)

    def _of_texts(self, base: Evaluate, prepare: Callable[[_Context], Callable[[str], bool] | None]) -> Decide:
        """Whether one of the items is a text that fits; unknown as soon as one is no text."""

        def decide(context: _Context) -> bool | None:
            items = base(context)
            fits = prepare(context)
            if fits is None:
                return None
            found = False
            for item in items:
                text = text_of(item)
                if text is None:
                    return None
                found = found or fits(text)
                if found and self._lax:
                    return True
            return found

        return known(decide)


# Accessors ----------------------------------------------------------------------------------------------


def _current_item(context: _Context) -> Sequence_:
    if context.current is _OUTSIDE:
        raise PathError("accessing current filter item with no enclosing filter")
    return [context.current]


def _last_index(context: _Context) -> Sequence_:
    if context.last < 0:
        raise PathError("accessing the last array index with no enclosing array")
    return [Typed(INTEGER, context.last)]


def _variable(name: str) -> Evaluate:
    def variable(context: _Context) -> Sequence_:
        value = context.variables[name]
        return [] if value is EMPTY_SEQUENCE else [value]

    return variable


def _descendants(item: Item, key: str) -> Iterator[Item]:
    """The members of this name, an object's own before those of what is in it."""
    if isinstance(item, dict):
        if key in item:
            yield item[key]
        for inner in item.values():
            yield from _descendants(inner, key)
    elif isinstance(item, list):
        for inner in item:
            yield from _descendants(inner, key)
