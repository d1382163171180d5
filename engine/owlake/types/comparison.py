"""Which types compare for equality, and which have an order."""

from __future__ import annotations

from owlake.types.model import (
    COLOR,
    GEOMETRY,
    HYPER_LOG_LOG,
    JSON,
    P4_HYPER_LOG_LOG,
    SET_DIGEST,
    SPHERICAL_GEOGRAPHY,
    TDIGEST,
    Array,
    Function,
    Map,
    QDigest,
    Row,
    Type,
)

_NOT_COMPARABLE: frozenset[Type] = frozenset(
    {HYPER_LOG_LOG, P4_HYPER_LOG_LOG, SET_DIGEST, TDIGEST, GEOMETRY, SPHERICAL_GEOGRAPHY, COLOR}
)


def is_comparable(type_: Type) -> bool:
    """Whether ``=`` is there for the type."""
    match type_:
        case Array():
            return is_comparable(type_.element)
        case Map():
            return is_comparable(type_.key) and is_comparable(type_.value)
        case Row():
            return all(is_comparable(field.type) for field in type_.fields)
        case Function() | QDigest():
            return False
        case _:
            return type_ not in _NOT_COMPARABLE


def is_orderable(type_: Type) -> bool:
    """Whether ``<`` is there for the type."""
    match type_:
        case Array():
            return is_orderable(type_.element)
        case Row():
            return all(is_orderable(field.type) for field in type_.fields)
        case Map():
            return False
        case _:
            return type_ != JSON and is_comparable(type_)
