"""What a connector may know of the session that asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from owlake.properties import DESCRIPTIONS, SessionProperties


@dataclass(frozen=True, slots=True)
class SettingView:
    """A session property as text: None where it is not set."""

    name: str
    value: str | None
    default: str | None
    description: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session: who asks, where its names are looked up, how it is set."""

    principal: str = "owlake"
    catalog: str | None = None
    database: str | None = None
    properties: Sequence[SettingView] = ()


def setting_views(properties: SessionProperties) -> tuple[SettingView, ...]:
    """The properties with their names, as text."""
    return tuple(
        SettingView(one.name, _text(getattr(properties, one.name)), _text(one.default), DESCRIPTIONS[one.name])
        for one in fields(properties)
    )


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
