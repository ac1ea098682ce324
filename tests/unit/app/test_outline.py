"""What all children of a generation are built from."""

from __future__ import annotations

from pathlib import Path

from punctuald.app.daemon import layout_of
from punctuald.app.outline import Outline, endpoint_key
from punctuald.clock import ManualClock
from punctuald.config import Settings
from punctuald.errors import ConfigurationError, SourceMisconfigured
from punctuald.stats.board.board import Board


def settings(*queues: dict[str, object]) -> Settings:
    named = [{"name": f"q{number}", "handler": "shop:handle", **queue} for number, queue in enumerate(queues)]
    return Settings.model_validate({"queue": named})


def outline(of: Settings) -> Outline:
    board = Board(layout_of(of))
    return Outline(of, Path("config.toml"), board, (board,), {}, ManualClock())


def test_a_queue_may_be_tied_to_a_tier_and_else_goes_by_the_clock() -> None:
    of = settings({"tier": "batch_mode"}, {})
    names = [tier.name for tier in outline(of).calendar.tiers]
    assert outline(of).tier_index(of.queues[0]) == names.index("batch_mode")
    assert outline(of).tier_index(of.queues[1]) is None


def test_what_a_person_has_to_mend_is_told_from_what_passes() -> None:
    assert outline(settings({})).configuration_errors == (ConfigurationError, SourceMisconfigured)


def test_a_queues_place_is_its_region_and_endpoint_whatever_else_it_says() -> None:
    of = settings({"region": "eu-west-1", "wait_seconds": 3}, {"region": "eu-west-1"}, {"region": "eu-west-2"}, {})
    assert [endpoint_key(queue) for queue in of.queues] == [("eu-west-1", "")] * 2 + [("eu-west-2", ""), ("", "")]
