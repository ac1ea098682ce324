"""The SLA: its tiers, the hours and days when each holds, and the share of messages that must be on time."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from punctuald.policy.delivery.tiers import DAY_SECONDS, Calendar, Tier, first_uncovered_minute

from .fields import number, required_text, seconds, text
from .problem import nearest
from .section import Section, not_less

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
LONGEST_THRESHOLD_SECONDS = 1_209_600  # SQS keeps a message for 14 days at most

DEFAULT_TIERS: tuple[dict[str, Any], ...] = (
    {"name": "peak_hours", "threshold_seconds": 3.0, "from": "08:00", "until": "20:00"},
    {"name": "batch_mode", "threshold_seconds": 60.0, "from": "00:00", "until": "06:00"},
    {"name": "off_hours", "threshold_seconds": 10.0},
)


def _clock_time(value: object) -> object:
    """``"08:00"`` to a time of day. TOML's own local time (``08:00:00``, unquoted) is one already."""
    # The pattern first: time.fromisoformat takes much else, and reads "08-00" as eight o'clock in some zone.
    if isinstance(value, str) and re.fullmatch(CLOCK_TIME, value):
        return time.fromisoformat(value)
    return value  # the type check that follows refuses anything but a time, and says what is allowed


def _time_of_day(key: str, meaning: str) -> Any:
    """An hour that may be left out. TOML has no null, so the schema must not offer one as the default."""
    return Field(
        None,
        validation_alias=key,
        serialization_alias=key,
        description=meaning,
        json_schema_extra=_without_default,
    )


def _without_default(schema: dict[str, Any]) -> None:
    del schema["default"]


TimeOfDay = Annotated[
    time | None,
    BeforeValidator(_clock_time),
    WithJsonSchema({"type": "string", "pattern": f"^{CLOCK_TIME}$", "x-allowed": '"HH:MM", "00:00" to "23:59"'}),
]


class TierSettings(Section):
    """One threshold, and when it holds. Without hours it holds all day, without days every day."""

    name: str = required_text(
        "The tier's name, in statistics and in a message's `sla_tier` attribute.",
        pattern="^[A-Za-z0-9_.-]{1,64}$",
        allowed="1 to 64 letters, digits, _ . or -",
    )
    threshold_seconds: float = Field(
        ge=0.01,
        le=LONGEST_THRESHOLD_SECONDS,
        description="Within how long after its sending a message must be handled and acknowledged.",
        json_schema_extra={"x-unit": "seconds"},
    )
    starts: TimeOfDay = _time_of_day("from", "Local time of day from which it holds, this minute included.")
    ends: TimeOfDay = _time_of_day("until", "Local time of day until which it holds; before `from` = past midnight.")
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=(), strict=False, description="The local weekdays on which its hours begin; empty = every day."
    )

    @field_validator("starts", "ends")
    @classmethod
    def _whole_minutes(cls, value: time | None) -> time | None:
        if value is not None and (value.second or value.microsecond):
            raise ValueError("tiers change on whole minutes")
        return value

    @field_validator("ends")
    @classmethod
    def _both_hours_or_none(cls, ends: time | None, info: ValidationInfo) -> time | None:
        if "starts" not in info.data:
            return ends
        starts = info.data["starts"]
        if (starts is None) != (ends is None):
            raise ValueError("`from` and `until` go together: give both, or neither for the whole day")
        if starts is not None and starts == ends:
            raise ValueError("`from` and `until` are the same: leave both out for the whole day")
        return ends


def _default_tiers() -> tuple[TierSettings, ...]:
    return tuple(TierSettings.model_validate(tier) for tier in DEFAULT_TIERS)


class SlaSettings(Section):
    """The tiers, the clock that their hours go by, and the share of messages that must be on time."""

    timezone: str = text("UTC", "The time zone of the tiers' hours and days (IANA name).", allowed="an IANA zone name")
    objective: float = number(
        0.99, 0.5, 0.99999, "The share of messages that must meet their tier; the rest is the error budget."
    )
    fast_window_seconds: float = seconds(
        60, 1, 3600, "A tier is violated while it uses up its error budget too fast over this time…"
    )
    slow_window_seconds: float = seconds(300, 1, DAY_SECONDS, "… and over this longer one.")
    restore_seconds: float = seconds(
        60, 0, 3600, "A violated tier is good again after so long without any sign of it in the fast window."
    )
    on_change: tuple[str, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="A program and its arguments, run with each `sla.violated` and `sla.restored` as a line of JSON on"
        " its standard input; empty = none.",
        json_schema_extra={"x-allowed": "a list of strings, the program first"},
    )
    tiers: tuple[TierSettings, ...] = Field(
        default_factory=_default_tiers,
        validation_alias="tier",
        serialization_alias="tier",
        strict=False,
        min_length=1,
        max_length=32,
        description="The tiers, first match wins.",
        json_schema_extra={"default": list(DEFAULT_TIERS)},
    )

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a directory, such as "Europe"
            raise ValueError(_unknown_zone(name)) from None
        return name

    @field_validator("slow_window_seconds")
    @classmethod
    def _slow_is_longer(cls, slow: float, info: ValidationInfo) -> float:
        return not_less(slow, info, "sla.fast_window_seconds")

    @field_validator("on_change")
    @classmethod
    def _program_is_named(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        if command and not command[0]:
            raise ValueError("the program's name is empty")
        return command

    @field_validator("tiers")
    @classmethod
    def _every_minute_has_a_tier(cls, tiers: tuple[TierSettings, ...]) -> tuple[TierSettings, ...]:
        gap = first_uncovered_minute([tier_of(tier) for tier in tiers])
        if gap is not None:
            moment = f"{DAYS[gap.weekday()]} {gap:%H:%M}"
            raise ValueError(f"no tier holds at {moment}: end the list with a tier without from, until and days")
        return tiers


def tier_of(tier: TierSettings) -> Tier:
    """The tier as policy knows it."""
    days = frozenset(DAYS.index(day) for day in tier.days)
    return Tier(tier.name, tier.threshold_seconds, starts=tier.starts, ends=tier.ends, days=days)


def calendar_of(sla: SlaSettings) -> Calendar:
    """The configured tiers in their order, and the clock that they follow."""
    return Calendar(tuple(tier_of(tier) for tier in sla.tiers), ZoneInfo(sla.timezone))


def _unknown_zone(name: str) -> str:
    # Imported here: listing the zones reads the whole database, and is wanted only for a misspelt name.
    from zoneinfo import available_timezones  # noqa: PLC0415

    guess = nearest(name, available_timezones())
    return f'"{name}" is not a known time zone' + (f'; did you mean "{guess}"?' if guess else ': for example "UTC"')
