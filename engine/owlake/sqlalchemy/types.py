"""Trino's types as SQLAlchemy's, and back."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import types as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.compiler import GenericTypeCompiler

from owlake.types import model
from owlake.types.model import Type

Render = Callable[[Any], str]


class MAP(sa.TypeEngine[dict[Any, Any]]):
    """``map(key, value)``; its values are dicts."""

    __visit_name__ = "MAP"

    def __init__(self, key: sa.TypeEngine[Any], value: sa.TypeEngine[Any]) -> None:
        self.key = key
        self.value = value

    @property
    def python_type(self) -> type[dict[Any, Any]]:
        """Dicts."""
        return dict


class ROW(sa.TypeEngine[dict[str, Any]]):
    """``row(name type, ...)``; its values are dicts, tuples where fields have no names."""

    __visit_name__ = "ROW"

    def __init__(self, fields: Sequence[tuple[str | None, sa.TypeEngine[Any]]]) -> None:
        self.fields = tuple(fields)

    @property
    def python_type(self) -> type[dict[str, Any]]:
        """Dicts."""
        return dict


def sqlalchemy_type(type_: Type) -> sa.TypeEngine[Any]:
    """The type of a column that is reflected."""
    match type_:
        case model.Decimal():
            return sa.DECIMAL(type_.precision, type_.scale)
        case model.Varchar():
            return sa.VARCHAR(type_.length)
        case model.Char():
            return sa.CHAR(type_.length)
        case model.Time() | model.TimeWithTimeZone():
            return sa.TIME(timezone=isinstance(type_, model.TimeWithTimeZone))
        case model.Timestamp() | model.TimestampWithTimeZone():
            return sa.TIMESTAMP(timezone=isinstance(type_, model.TimestampWithTimeZone))
        case model.Array():
            return _array(type_)
        case model.Map():
            return MAP(sqlalchemy_type(type_.key), sqlalchemy_type(type_.value))
        case model.Row():
            return ROW([(field.name, sqlalchemy_type(field.type)) for field in type_.fields])
        case _:
            return _PRIMITIVES.get(type_, sa.NullType)()


def _array(type_: model.Array) -> sa.ARRAY[Any]:
    depth, element = 1, type_.element
    while isinstance(element, model.Array):
        depth, element = depth + 1, element.element
    return sa.ARRAY(sqlalchemy_type(element), dimensions=depth)


_PRIMITIVES: dict[Type, type[sa.TypeEngine[Any]]] = {
    model.BOOLEAN: sa.BOOLEAN,
    model.TINYINT: sa.SMALLINT,
    model.SMALLINT: sa.SMALLINT,
    model.INTEGER: sa.INTEGER,
    model.BIGINT: sa.BIGINT,
    model.REAL: sa.REAL,
    model.DOUBLE: sa.DOUBLE,
    model.DATE: sa.DATE,
    model.VARBINARY: sa.VARBINARY,
    model.JSON: sa.JSON,
    model.UUID: sa.UUID,
    model.IPADDRESS: sa.VARCHAR,
    model.INTERVAL_YEAR_TO_MONTH: sa.VARCHAR,
}


class OwlakeTypeCompiler(GenericTypeCompiler):
    """Types as CAST takes them."""

    def visit_FLOAT(self, type_: sa.Float[Any], **_: Any) -> str:
        """Double: Trino has no float; real where the precision asks for no more."""
        return "real" if type_.precision is not None and type_.precision <= 24 else "double"

    def visit_DOUBLE(self, *_: Any, **__: Any) -> str:
        """Double."""
        return "double"

    visit_DOUBLE_PRECISION = visit_DOUBLE

    def visit_DECIMAL(self, type_: sa.Numeric[Any], **_: Any) -> str:
        """Decimal; without digits, as many as there are, half of them behind the point."""
        if type_.precision is None:
            return "decimal(38, 18)"
        return f"decimal({type_.precision}, {type_.scale or 0})"

    def visit_NUMERIC(self, type_: sa.Numeric[Any], **words: Any) -> str:
        """Decimal."""
        return self.visit_DECIMAL(type_, **words)

    def visit_DATETIME(self, type_: sa.DateTime, **_: Any) -> str:
        """Timestamp to the microsecond, as Python's."""
        return "timestamp(6) with time zone" if type_.timezone else "timestamp(6)"

    def visit_TIMESTAMP(self, type_: sa.DateTime, **words: Any) -> str:
        """Timestamp."""
        return self.visit_DATETIME(type_, **words)

    def visit_TIME(self, type_: sa.Time, **_: Any) -> str:
        """Time to the microsecond, as Python's."""
        return "time(6) with time zone" if type_.timezone else "time(6)"

    def visit_VARCHAR(self, type_: sa.String, **_: Any) -> str:
        """Varchar, of any length unless one is given."""
        return f"varchar({type_.length})" if type_.length else "varchar"

    def visit_TEXT(self, type_: sa.String, **words: Any) -> str:
        """Varchar."""
        return self.visit_VARCHAR(type_, **words)

    visit_NVARCHAR = visit_CLOB = visit_VARCHAR

    def visit_CHAR(self, type_: sa.String, **_: Any) -> str:
        """Char; of one character unless told otherwise."""
        return f"char({type_.length or 1})"

    visit_NCHAR = visit_CHAR

    def visit_BLOB(self, *_: Any, **__: Any) -> str:
        """Varbinary, which has no length."""
        return "varbinary"

    visit_BINARY = visit_VARBINARY = visit_large_binary = visit_BLOB

    def visit_JSON(self, *_: Any, **__: Any) -> str:
        """Json, which tables cannot hold."""
        return "json"

    def visit_ARRAY(self, type_: sa.ARRAY[Any], **_: Any) -> str:
        """Array, in as many dimensions as there are."""
        text = self.process(type_.item_type)
        for _depth in range(type_.dimensions or 1):
            text = f"array({text})"
        return text

    def visit_MAP(self, type_: MAP, **_: Any) -> str:
        """Map."""
        return f"map({self.process(type_.key)}, {self.process(type_.value)})"

    def visit_ROW(self, type_: ROW, **_: Any) -> str:
        """Row."""
        quote = self.dialect.identifier_preparer.quote
        fields = (f"{quote(name)} {self.process(one)}" if name else self.process(one) for name, one in type_.fields)
        return f"row({', '.join(fields)})"


# Literals: as SQLAlchemy writes them, dates are text and 1.5 a double -------------------------------------


class OwlakeDate(sa.Date):
    """Dates, which are typed literals."""

    def literal_processor(self, dialect: Dialect) -> Render:  # noqa: ARG002
        """``DATE '2020-01-31'``."""
        return lambda value: f"DATE '{value:%Y-%m-%d}'" if value.year > 999 else f"DATE '{value.isoformat()[:10]}'"


class OwlakeDateTime(sa.DateTime):
    """Timestamps, which are typed literals."""

    def literal_processor(self, dialect: Dialect) -> Render:  # noqa: ARG002
        """``TIMESTAMP '2020-01-31 10:00:00'``."""
        return lambda value: f"TIMESTAMP '{value.isoformat(' ')}'"


class OwlakeTime(sa.Time):
    """Times of day, which are typed literals."""

    def literal_processor(self, dialect: Dialect) -> Render:  # noqa: ARG002
        """``TIME '10:00:00'``."""
        return lambda value: f"TIME '{value.isoformat()}'"


def _number(value: Any) -> str:
    """A decimal as such, also a whole number beyond bigint."""
    if isinstance(value, decimal.Decimal):
        return f"DECIMAL '{value:f}'"
    return str(value) if isinstance(value, float) or -(2**63) < value < 2**63 else f"DECIMAL '{value}'"


class OwlakeInteger(sa.Integer):
    """Whole numbers."""

    def literal_processor(self, dialect: Dialect) -> Render:  # noqa: ARG002
        """``5``; a decimal beyond bigint."""
        return _number


class OwlakeNumeric(sa.Numeric[Any]):
    """Decimals: what the driver gives is one already."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """As it is."""
        return None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """Decimals where they are asked for, also of doubles; floats otherwise."""
        if not self.asdecimal:
            return lambda value: None if value is None else float(value)
        places = f"%.{self._effective_decimal_return_scale}f"

        def as_decimal(value: Any) -> Any:
            return decimal.Decimal(places % value) if isinstance(value, float) else value

        return as_decimal

    def literal_processor(self, dialect: Dialect) -> Render:  # noqa: ARG002
        """``DECIMAL '1.50'``; a double for a float."""
        return _number


class OwlakeFloat(sa.Float[Any]):
    """Doubles."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """As it is."""
        return None

    def literal_processor(self, dialect: Dialect) -> Render:  # noqa: ARG002
        """``1.5E0``: also where 1.5 is a decimal."""
        return lambda value: f"{float(value)!r}E0" if "e" not in repr(float(value)) else repr(float(value))


class OwlakeBinary(sa.LargeBinary):
    """Bytes."""

    def literal_processor(self, dialect: Dialect) -> Render:  # noqa: ARG002
        """``X'00ff'``."""
        return lambda value: f"X'{bytes(value).hex()}'"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """As it is."""
        return None


COLUMN_SPECIFICATIONS: dict[type[sa.TypeEngine[Any]], type[sa.TypeEngine[Any]]] = {
    sa.Date: OwlakeDate,
    sa.DateTime: OwlakeDateTime,
    sa.Time: OwlakeTime,
    sa.Integer: OwlakeInteger,
    sa.Float: OwlakeFloat,
    sa.Numeric: OwlakeNumeric,
    sa.LargeBinary: OwlakeBinary,
}
