"""Tiers: their hours, and that one holds at every minute of the week."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from punctuald.config import SlaSettings, TierSettings, calendar_of, tier_of


def tier(**keys: Any) -> dict[str, Any]:
    return {"name": "some", "threshold_seconds": 3, **{key.rstrip("_"): value for key, value in keys.items()}}


def refusal(model: type[SlaSettings | TierSettings], document: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(document)
    return str(caught.value.errors()[0]["msg"]).removeprefix("Value error, ")


@pytest.mark.parametrize("written", ["8:00", "24:00", "08:60", "0800", "08:00:00", "08-00", 8])
def test_hours_are_written_as_hh_mm(written: object) -> None:
    assert "valid time" in refusal(TierSettings, tier(from_=written, until="20:00"))


@pytest.mark.parametrize("hours", [{"from_": "08:00"}, {"until": "08:00"}])
def test_from_and_until_go_together(hours: dict[str, str]) -> None:
    assert "go together" in refusal(TierSettings, tier(**hours))


def test_an_empty_span_of_hours_is_refused() -> None:
    assert "are the same" in refusal(TierSettings, tier(from_="08:00", until="08:00"))


@pytest.mark.parametrize(
    ("tiers", "moment"),
    [
        ([tier(from_="08:00", until="20:00")], "mon 00:00"),
        ([tier(from_="00:00", until="20:00")], "mon 20:00"),
        ([tier(from_="22:00", until="06:00"), tier(from_="06:00", until="21:59", name="day")], "mon 21:59"),
        ([tier(days=["mon", "tue", "wed", "thu", "fri"])], "sat 00:00"),
        # the hours of Sunday night end on Monday at 06:00, so without Sunday it is Monday's small hours that lack one
        ([tier(from_="06:00", until="22:00"), tier(from_="22:00", until="06:00", days=["mon"])], "mon 00:00"),
    ],
)
def test_the_first_minute_without_a_tier_is_named(tiers: list[dict[str, Any]], moment: str) -> None:
    assert f"no tier holds at {moment}:" in refusal(SlaSettings, {"tier": tiers})


@pytest.mark.parametrize(
    "tiers",
    [
        [tier()],
        [tier(from_="20:00", until="08:00"), tier(from_="08:00", until="20:00")],
        [tier(days=["sat", "sun"]), tier(days=["mon", "tue", "wed", "thu", "fri"])],
    ],
)
def test_tiers_may_cover_the_week_together(tiers: list[dict[str, Any]]) -> None:
    assert len(SlaSettings.model_validate({"tier": tiers}).tiers) == len(tiers)


def test_a_misspelt_time_zone_hears_the_nearest_one() -> None:
    message = refusal(SlaSettings, {"timezone": "Europe/Berln"})
    assert message == '"Europe/Berln" is not a known time zone; did you mean "Europe/Berlin"?'


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "/etc/localtime", "No/Where/Atall\x00"])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    assert "is not a known time zone" in refusal(SlaSettings, {"timezone": name})


def test_policy_gets_the_tiers_by_its_own_terms() -> None:
    settings = TierSettings.model_validate(tier(from_="22:00", until="06:00", days=["fri", "sun"]))
    assert tier_of(settings).days == {4, 6}
    calendar = calendar_of(SlaSettings(timezone="Europe/Berlin"))
    assert ([each.name for each in calendar.tiers], calendar.zone) == (
        ["peak_hours", "batch_mode", "off_hours"],
        ZoneInfo("Europe/Berlin"),
    )
