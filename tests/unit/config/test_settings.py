"""The settings as values, and that the example file leaves none out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from punctuald.config import (
    PoolSettings,
    QueueSettings,
    RegionSettings,
    ScalingSettings,
    Settings,
    SourceSettings,
)
from punctuald.config.section import Section
from punctuald.config.sources.client import SecretSettings
from punctuald.config.sources.partitioned import PartitionedSettings

EXAMPLE = Path(__file__).parents[3] / "config.toml"


def sections(above: type[Section] = Section) -> Iterator[type[Section]]:
    """Those that are a table of the file: a base class that they share is none."""
    for section in above.__subclasses__():
        yield from [] if section in {Settings, SourceSettings, PartitionedSettings} else [section]
        yield from sections(section)


SECTIONS = list(sections())
TABLES = [section for section in SECTIONS if section not in {SecretSettings, RegionSettings}]


def keys() -> list[str]:
    return [str(field.validation_alias or name) for section in TABLES for name, field in section.model_fields.items()]


def queue(**settings: Any) -> QueueSettings:
    return QueueSettings(**{"name": "orders", "handler": "shop:handle", **settings})


@pytest.mark.parametrize("key", keys())
def test_the_example_file_shows_every_setting(key: str) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert any(line.removeprefix("# ").startswith((f"{key} = ", f"[[sla.{key}]]")) for line in lines)


@pytest.mark.parametrize("key", RegionSettings.model_fields)
def test_the_example_file_shows_every_setting_of_a_region(key: str) -> None:
    assert any(line.startswith(f"#   {key} = ") for line in EXAMPLE.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_says_what_it_means(section: type[Section]) -> None:
    assert all(field.description for field in section.model_fields.values())


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PoolSettings().slots = 5


def test_a_whole_number_will_do_where_a_fraction_may_stand() -> None:
    assert isinstance(PoolSettings(heartbeat_timeout_seconds=7).heartbeat_timeout_seconds, float)


@pytest.mark.parametrize("name", ["orders", "orders.fifo", "a" * 80, "a" * 75 + ".fifo", "Or-d_3rs"])
def test_a_name_that_sqs_allows_is_allowed(name: str) -> None:
    assert queue(name=name).name == name


@pytest.mark.parametrize("name", ["", "a b", "a" * 81, "a" * 76 + ".fifo", "a.b", "a.fifo.fifo", "näme"])
def test_a_name_that_sqs_refuses_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        queue(name=name)


@pytest.mark.parametrize("handler", ["a:b", "a.b:c", "a.b:c.d", "_a1:_b"])
def test_handlers_are_a_module_and_what_is_in_it(handler: str) -> None:
    assert queue(handler=handler).handler == handler


@pytest.mark.parametrize("handler", ["a", "a:", ":b", "a:b:c", "a/b:c", "1a:b", "a..b:c", "a:b()", "a:b\n"])
def test_what_is_no_handler_is_refused(handler: str) -> None:
    with pytest.raises(ValidationError):
        queue(handler=handler)


def test_settings_made_by_hand_keep_the_rules_between_names() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(queues=(queue(), queue(tier="nope")))
    assert [error["loc"] for error in caught.value.errors()] == [("queue", 1, "name"), ("queue", 1, "tier")]


def test_scaling_lets_workers_go_after_eight_seconds_and_bears_one_failure_in_twenty() -> None:
    scaling = Settings(queues=(queue(),)).scaling
    assert (scaling.hold_seconds, scaling.error_limit) == (8, 0.05)


@pytest.mark.parametrize("share", [-0.01, 1.01])
def test_an_error_limit_that_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValidationError):
        ScalingSettings(error_limit=share)
