"""Each queue's client is of the kind that its transport says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from punctuald.app import transports as transports_module
from punctuald.app.daemon import layout_of
from punctuald.app.outline import Clients, Outline
from punctuald.app.transports import Transports, find_addresses
from punctuald.clock import ManualClock
from punctuald.config import Settings
from punctuald.errors import ConfigurationError, SourceMisconfigured
from punctuald.source.sqs_fast import FastClient
from punctuald.stats.board import Board

LOCAL = {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:9"}
BEHIND_PROXY = {"region": "us-east-1", "endpoint_url": "http://sqs.example"}


@pytest.fixture(autouse=True)
def _proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def settings(*queues: dict[str, Any]) -> Settings:
    named = [{"name": f"q{number}", "handler": "shop:handle", **queue} for number, queue in enumerate(queues)]
    return Settings.model_validate({"queue": named})


def transports(of: Settings, *, found: bool = True) -> Transports:
    board = Board(layout_of(of))
    outline = Outline(of, Path("config.toml"), board, (board,), {}, ManualClock())
    return Transports(replace(outline, addresses=find_addresses(of) if found else {}), Clients(of, 3))


def test_the_transport_and_its_reason_are_told_for_each_queue() -> None:
    of = settings(LOCAL, BEHIND_PROXY, {**LOCAL, "transport": "boto3"}, {**LOCAL, "transport": "fast"})
    with capture_logs() as logged:
        made = transports(of)
        clients = [made.client(queue) for queue in of.queues]
    assert [isinstance(client, FastClient) for client in clients] == [True, False, False, True]
    assert [(line["queue"], line["transport"], line["reason"]) for line in logged] == [
        ("q0", "fast", "nothing here needs boto3"),
        ("q1", "boto3", "an HTTP proxy is set"),
        ("q2", "boto3", "configured"),
        ("q3", "fast", "configured"),
    ]


def test_an_address_that_the_supervisor_found_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    of = settings(LOCAL, LOCAL)
    made = transports(of)

    def refuse(*_: str) -> Any:
        raise AssertionError("it was found before the fork")

    monkeypatch.setattr(transports_module, "resolve", refuse)
    assert [client.meta.endpoint_url for client in map(made.client, of.queues)] == ["http://127.0.0.1:9"] * 2


def test_a_worker_that_was_given_no_address_finds_it_itself() -> None:
    of = settings(LOCAL)
    assert isinstance(transports(of, found=False).client(of.queues[0]), FastClient)


def test_an_address_that_can_not_be_found_stops_the_worker_and_not_the_supervisor() -> None:
    of = settings({"region": "", "endpoint_url": ""})
    assert find_addresses(of) == {}
    with pytest.raises(SourceMisconfigured, match="no region is set"):
        transports(of).client(of.queues[0])


def test_what_only_takes_boto3_is_not_looked_for() -> None:
    assert find_addresses(settings({**LOCAL, "transport": "boto3"})) == {}


def test_fast_where_it_can_not_be_had_names_queue_and_reason() -> None:
    of = settings({**BEHIND_PROXY, "transport": "fast"})
    with pytest.raises(ConfigurationError, match=r"'q0': transport = \"fast\" can't be used: an HTTP proxy"):
        transports(of).client(of.queues[0])
