"""What every section of the configuration has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from .problem import Problem

_N = TypeVar("_N", int, float)


class Section(BaseModel):
    """Frozen, and a misspelt key is an error.

    Strict, because TOML has types: ``"4"`` or ``true`` where a number belongs is a mistake to be reported. Defaults are
    validated too, because a rule between two settings must hold also where only one of them was written.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=True,
        validate_by_name=True,
        allow_inf_nan=False,
    )


def not_less(value: _N, info: ValidationInfo, setting: str) -> _N:
    """``value``, if it is not below ``setting`` of the same section, which stands before it and is named as people know
    it. Raises ValueError, for a validator."""
    least = info.data.get(setting.rpartition(".")[2], value)
    if value < least:
        raise ValueError(f"{value:g} is less than {setting}, which is {least:g}")
    return value


def refusal(problems: Sequence[Problem]) -> ValidationError:
    """The error that reports ``problems``, each at its own key, from a validator of the section above them."""
    return ValidationError.from_exception_data(
        "settings",
        [
            InitErrorDetails(
                type=PydanticCustomError("rule", "{text}", {"text": problem.text}), loc=problem.path, input=None
            )
            for problem in problems
        ],
    )
