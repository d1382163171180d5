"""The function library: what there is, found by name, bound by argument types.

A family is a module that declares functions; each is declared once, and from that come binding, execution,
``SHOW FUNCTIONS``, completion and the reference page. How a function is executed is an ``Implementation``: it
gets the call and gives DataFusion SQL. Three ways, in this order of preference: native SQL (a template or a
function of the call), an Arrow kernel over whole arrays, a Python function per value.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, cast

from owlake.errors import OwlakeError, error
from owlake.functions.binding import ArgumentType, LambdaArgument, LambdaTyper
from owlake.functions.overloads import Resolved, ambiguous, choose, mismatch
from owlake.functions.signature import Signature, parse_signature
from owlake.ir.expressions import Constant
from owlake.types.model import Type

if TYPE_CHECKING:
    from owlake.dialect.nodes.base import Position
    from owlake.ir.expressions import Expression, SortKey


class Kind(Enum):
    """Where a function may stand."""

    SCALAR = "scalar"
    AGGREGATE = "aggregate"
    WINDOW = "window"


class Execution(Enum):
    """How a function runs, as the conformance page counts it."""

    NATIVE = "native"
    KERNEL = "kernel"
    VALUE = "per value"


class CallSite(Protocol):
    """A call on its way to SQL: what an implementation may ask for."""

    @property
    def type(self) -> Type:
        """The type of the result."""

    @property
    def arguments(self) -> tuple[Expression, ...]:
        """The arguments as typed expressions."""

    @property
    def safe(self) -> bool:
        """Whether the call stands under TRY: then it gives NULL where it would fail."""

    def sql(self, index: int) -> str:
        """The SQL of an argument."""

    def render(self, expression: Expression) -> str:
        """The SQL of any other expression that the implementation builds."""

    def cast(self, sql: str, source: Type, target: Type) -> str:
        """The SQL of a value converted from one type to another."""

    def kernel(
        self, kernel: Callable[..., Any], arguments: Sequence[Expression | tuple[str, Type]], type_: Type
    ) -> str:
        """The SQL of a call of an Arrow kernel; constant arguments reach it as ``pyarrow.Scalar``.

        Under TRY the kernel is asked row by row where it fails as a whole.
        """


class AggregateCallSite(CallSite, Protocol):
    """An aggregate call on its way to SQL."""

    distinct: bool
    order_by: tuple[SortKey, ...]
    over: str
    """The call's window, with the word OVER; empty in a group."""
    slides: bool
    """Whether rows leave the frame of the call's window."""

    def aggregate(
        self, name: str, arguments: str, *, order_by: str | None = None, where: str | None = None, distinct: bool = True
    ) -> str:
        """A native aggregate with the call's DISTINCT (if ``distinct``), FILTER and OVER."""

    def first(self, value: str, order_by: str = "", where: str | None = None) -> str:
        """The first value in the call's order, or in one that is given."""

    def collected(
        self,
        kernel: Callable[..., Any],
        arguments: Sequence[tuple[str, Type]],
        constants: Sequence[Expression | tuple[str, Type]] = (),
        *,
        where: str | None = None,
    ) -> str:
        """A kernel over the rows of each group: see ``owlake.functions.segments``."""


Implementation = Callable[[CallSite], str]
AggregateImplementation = Callable[[AggregateCallSite], str]
ReturnType = Callable[["tuple[Expression, ...]", Mapping[str, "Type | int | None"]], Type]


@dataclass(frozen=True, slots=True)
class Collected:
    """How an aggregate is computed over rows at hand: see ``owlake.functions.segments``.

    ``rows`` are the arguments that differ from row to row; the others are one value a group. Rows where the first of
    them is NULL are left out unless ``nulls``.
    """

    kernel: Callable[..., Any]
    rows: tuple[int, ...]
    nulls: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """One overload of a function.

    Attributes:
        deterministic: The same arguments give the same result.
        raises: A call may fail for some values, so it must not see rows that a condition keeps from it. Its
            implementation heeds ``CallSite.safe``.
        raises_inside: So too, but for NULLs inside of elements only: an array of plain values is safe.
        null_call: The function wants to see NULL arguments; the others give NULL for any NULL.
        returns: The result's type where the signature cannot say it.
        bounds: The least and greatest value of an integer result, where the type alone does not say.
        collected: How an aggregate or window function is computed over frames that DataFusion does not have.
        marks_distinct: Whether DISTINCT must be worked out before the aggregate sees its rows.
        starts: The function asks when the statement began: it gets that behind its arguments, in microseconds.
    """

    name: str
    kind: Kind
    family: str
    signature: Signature
    description: str
    implementation: Implementation
    execution: Execution = Execution.NATIVE
    deterministic: bool = True
    raises: bool = False
    raises_inside: bool = False
    null_call: bool = False
    hidden: bool = False
    returns: ReturnType | None = None
    bounds: tuple[int, int] | None = None
    collected: Collected | None = None
    marks_distinct: bool = False
    starts: bool = False


class Family:
    """The functions that one module declares."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.functions: list[Function] = []

    def native(self, signature: str, template: str, description: str, **options: Any) -> None:
        """Declare a scalar function that is a SQL template: ``{0}`` is the first argument, ``{all}`` all of them.

        ``safe`` is the template under TRY for one that may fail.
        """
        safe = options.pop("safe", None)
        self._add(Kind.SCALAR, signature, _template(template, safe), description, options)

    def sql(self, *signatures: str, **options: Any) -> Callable[[Implementation], Implementation]:
        """Declare a scalar function whose SQL the decorated function builds from the call."""
        return self._decorator(Kind.SCALAR, signatures, Execution.NATIVE, options)

    def kernel(self, *signatures: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a scalar function computed over whole Arrow arrays by the decorated function."""
        return self._kernel(signatures, Execution.KERNEL, options)

    def per_value(self, *signatures: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a scalar function that the decorated one computes value by value, NULLs left out."""
        return self._kernel(signatures, Execution.VALUE, options)

    def aggregate(
        self, *signatures: str, **options: Any
    ) -> Callable[[AggregateImplementation], AggregateImplementation]:
        """Declare an aggregate function whose SQL over native aggregates the decorated function builds."""
        return self._decorator(Kind.AGGREGATE, signatures, Execution.NATIVE, options)  # type: ignore[return-value]

    def collected(
        self, *signatures: str, rows: tuple[int, ...] = (0,), nulls: bool = False, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare an aggregate function that the decorated kernel computes over the collected rows of each group."""

        def declare(kernel: Callable[..., Any]) -> Callable[..., Any]:
            how = Collected(kernel, rows, nulls)
            implementation = cast("Implementation", _collect(how))
            for signature in signatures:
                self._add(
                    Kind.AGGREGATE,
                    signature,
                    implementation,
                    _first_line(kernel),
                    {"execution": Execution.KERNEL, "collected": how, **options},
                )
            return kernel

        return declare

    def window(self, signature: str, template: str, description: str, **options: Any) -> None:
        """Declare a function that stands only over a window."""
        self._add(Kind.WINDOW, signature, _template(template), description, options)

    def _decorator(
        self, kind: Kind, signatures: Iterable[str], execution: Execution, options: dict[str, Any]
    ) -> Callable[[Implementation], Implementation]:
        def declare(implementation: Implementation) -> Implementation:
            for signature in signatures:
                self._add(
                    kind, signature, implementation, _first_line(implementation), {"execution": execution, **options}
                )
            return implementation

        return declare

    def _kernel(
        self, signatures: Iterable[str], execution: Execution, options: dict[str, Any]
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            from owlake.functions.kernels import per_value  # noqa: PLC0415  (pyarrow.compute, on use)

            kernel = function if execution is Execution.KERNEL else per_value(function)
            for signature in signatures:
                self._add(
                    Kind.SCALAR,
                    signature,
                    _call_kernel(kernel),
                    _first_line(function),
                    {"execution": execution, **options},
                )
            return function

        return declare

    def _add(
        self, kind: Kind, signature: str, implementation: Implementation, description: str, options: dict[str, Any]
    ) -> None:
        parsed = parse_signature(signature)
        self.functions.append(Function(parsed.name, kind, self.name, parsed, description, implementation, **options))


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def _template(template: str, safe: str | None = None) -> Implementation:
    def implementation(site: CallSite) -> str:
        arguments = [site.sql(index) for index in range(len(site.arguments))]
        chosen = safe if safe is not None and site.safe else template
        return chosen.format(*arguments, all=", ".join(arguments))

    return implementation


def _collect(how: Collected) -> AggregateImplementation:
    def implementation(site: AggregateCallSite) -> str:
        rows = [(site.sql(index), site.arguments[index].type) for index in how.rows]
        where = None if how.nulls else f"{rows[0][0]} IS NOT NULL"
        constants = [once(site, index) for index in range(len(site.arguments)) if index not in how.rows]
        return site.collected(how.kernel, rows, constants, where=where)

    return implementation


def once(site: AggregateCallSite, index: int) -> Expression | tuple[str, Type]:
    """An argument that is the same for all rows of a group: a constant, or its first value."""
    argument = site.arguments[index]
    return argument if isinstance(argument, Constant) else (site.first(site.sql(index), site.sql(index)), argument.type)


def _call_kernel(kernel: Callable[..., Any]) -> Implementation:
    def implementation(site: CallSite) -> str:
        return site.kernel(kernel, site.arguments, site.type)

    return implementation


# Every module of this package that declares a FAMILY, in the order of the reference page.
FAMILIES = (
    "operators",
    "comparison",
    "conditional",
    "conversion",
    "math",
    "string",
    "regexp",
    "url",
    "uuids",
    "addresses",
    "color",
    "teradata",
    "system",
    "binary",
    "bitwise",
    "datetime",
    "array",
    "map",
    "json",
    "aggregate",
    "sketches",
    "geospatial",
    "window",
)


class Registry:
    """All functions, by name. Families are imported when the first function is asked for."""

    def __init__(self, families: Sequence[str] = FAMILIES) -> None:
        self._families = families
        self._by_name: dict[str, list[Function]] | None = None
        self._resolved: dict[tuple[str, tuple[ArgumentType, ...]], Resolved] = {}

    def _load(self) -> dict[str, list[Function]]:
        if self._by_name is None:
            found: dict[str, list[Function]] = {}
            for family in self._families:
                module = importlib.import_module(f"owlake.functions.{family}")
                for function in module.FAMILY.functions:
                    found.setdefault(function.name, []).append(function)
            self._by_name = found
        return self._by_name

    def functions(self) -> list[Function]:
        """Every function that a person may call, by name and then as declared."""
        return [function for name in sorted(self._load()) for function in self._load()[name] if not function.hidden]

    def overloads(self, name: str) -> list[Function]:
        """The overloads of a name; none if there is no such function."""
        return self._load().get(name.lower(), [])

    def resolve(
        self,
        name: str,
        types: Sequence[ArgumentType],
        *,
        position: Position | None = None,
        type_lambda: LambdaTyper | None = None,
    ) -> Resolved:
        """The overload that a call of ``name`` with these argument types means.

        Errors: FUNCTION_NOT_FOUND where no overload takes the arguments, AMBIGUOUS_FUNCTION_CALL.
        """
        key = (name, tuple(types)) if not any(isinstance(type_, LambdaArgument) for type_ in types) else None
        if key is not None and key in self._resolved:
            return self._resolved[key]
        candidates = self.overloads(name)
        if not candidates:
            raise self._unknown(name, position)
        chosen = choose(candidates, types, type_lambda)
        if not chosen:
            raise mismatch(name, types, candidates, position)
        if len(chosen) > 1:
            raise ambiguous(chosen, position)
        resolved = chosen[0]
        if key is not None:
            self._resolved[key] = resolved
        return resolved

    def _unknown(self, name: str, position: Position | None) -> OwlakeError:
        from difflib import get_close_matches  # noqa: PLC0415  (only errors need it)

        names = [known for known, functions in self._load().items() if not functions[0].hidden]
        near = get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]}?" if near else None
        return error("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", position, hint=hint)


REGISTRY = Registry()
