"""How a setting is declared: its default, range, unit and meaning, stated once.

Validation, JSON schema and error messages all take them from here.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field


def whole(default: int, low: int, high: int, meaning: str, *, unit: str = "") -> Any:
    """A whole number from ``low`` to ``high``."""
    return Field(default, ge=low, le=high, description=meaning, json_schema_extra=_extra(unit=unit))


def number(default: float, low: float, high: float, meaning: str, *, unit: str = "") -> Any:
    """A number from ``low`` to ``high``."""
    return Field(float(default), ge=low, le=high, description=meaning, json_schema_extra=_extra(unit=unit))


def seconds(default: float, low: float, high: float, meaning: str) -> Any:
    """A duration."""
    return number(default, low, high, meaning, unit="seconds")


def text(default: str, meaning: str, *, pattern: str | None = None, allowed: str = "") -> Any:
    """A string; ``allowed`` says in words what ``pattern`` matches."""
    return Field(default, pattern=pattern, description=meaning, json_schema_extra=_extra(allowed=allowed))


def required_text(meaning: str, *, pattern: str, allowed: str) -> Any:
    """A string that has no default."""
    return Field(pattern=pattern, description=meaning, json_schema_extra=_extra(allowed=allowed))


def flag(*, default: bool, meaning: str) -> Any:
    """True or false."""
    return Field(default, description=meaning)


def tables(name: str, most: int, allowed: str, meaning: str) -> Any:
    """All tables with this name in the file: none, or up to ``most``."""
    return Field(
        default=(),
        validation_alias=name,
        serialization_alias=name,
        strict=False,
        max_length=most,
        description=meaning,
        json_schema_extra=_extra(allowed=allowed),
    )


def _extra(**words: str) -> dict[str, Any]:
    """JSON schema has no keywords for these; the ``x-`` prefix keeps editors from taking them for misspelt ones."""
    return {f"x-{name}": word for name, word in words.items() if word}
