"""What all children of a generation are built from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from punctuald.app import outline as outline_module
from punctuald.app.daemon import layout_of
from punctuald.app.outline import Clients, Outline
from punctuald.clock import ManualClock
from punctuald.config import Settings
from punctuald.errors import ConfigurationError, SourceMisconfigured
from punctuald.stats.board import Board


def settings(*queues: dict[str, object]) -> Settings:
    named = [{"name": f"q{number}", "handler": "shop:handle", **queue} for number, queue in enumerate(queues)]
    return Settings.model_validate({"queue": named})


def outline(of: Settings) -> Outline:
    board = Board(layout_of(of))
    return Outline(of, Path("config.toml"), board, (board,), {}, ManualClock())


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What clients were asked for."""
    asked: list[dict[str, Any]] = []

    def make_client(region: str, endpoint_url: str, *, wait_seconds: float, connections: int) -> object:
        asked.append({"region": region, "url": endpoint_url, "wait": wait_seconds, "connections": connections})
        return object()

    monkeypatch.setattr(outline_module, "make_client", make_client)
    return asked


def test_a_queue_may_be_tied_to_a_tier_and_else_goes_by_the_clock() -> None:
    of = settings({"tier": "batch_mode"}, {})
    names = [tier.name for tier in outline(of).calendar.tiers]
    assert outline(of).tier_index(of.queues[0]) == names.index("batch_mode")
    assert outline(of).tier_index(of.queues[1]) is None


def test_what_a_person_has_to_mend_is_told_from_what_passes() -> None:
    assert outline(settings({})).refusals == (ConfigurationError, SourceMisconfigured)


def test_queues_of_one_address_share_a_client_with_room_for_all_and_the_longest_poll(
    made: list[dict[str, Any]],
) -> None:
    of = settings({"region": "eu-west-1", "wait_seconds": 3}, {"region": "eu-west-1", "wait_seconds": 9})
    clients = Clients(of, connections_per_queue=3)
    assert clients.get(of.queues[0]) is clients.get(of.queues[1])
    assert made == [{"region": "eu-west-1", "url": "", "wait": 9, "connections": 6}]


def test_queues_of_different_addresses_have_clients_of_their_own(made: list[dict[str, Any]]) -> None:
    of = settings({"region": "eu-west-1"}, {"endpoint_url": "http://localhost:1"}, {})
    clients = Clients(of, connections_per_queue=1)
    assert len({id(clients.get(queue)) for queue in of.queues}) == 3
    assert [asked["connections"] for asked in made] == [1, 1, 1]
