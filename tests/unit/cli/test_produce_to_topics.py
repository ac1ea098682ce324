"""`punctuald produce --to topic:NAME`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from punctuald.cli import status_of
from punctuald.demo.kafka.embedded_kafka import MockKafka, mock_kafka

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def mock() -> Iterator[MockKafka]:
    with mock_kafka({"readings": 3}) as running:
        yield running


def produce(*options: str) -> int:
    return status_of(["produce", "--interval", "0", *options])


def test_everything_is_sent_and_reported(mock: MockKafka, capsys: Capture) -> None:
    options = ("--to", "topic:readings", "--brokers", mock.bootstrap, "--client", "compression.type=gzip")
    assert produce(*options, "--events", "1200", "--burst", "600", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["sent"], report["planned"], report["unsent"]) == (1200, 1200, 0)


def test_a_configuration_says_where_its_topic_is(mock: MockKafka, tmp_path: Path, capsys: Capture) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[[topic]]\nname = "plant"\ntopic = "readings"\nbrokers = "{mock.bootstrap}"\nhandler = "shop:handle"\n'
        'client = { "client.id" = { file = "id" } }\n'
    )
    (tmp_path / "id").write_text("producer\n")
    assert produce("--to", "topic:plant", "-c", str(config), "--events", "3") == 0
    assert capsys.readouterr().out.startswith("sent 3 of 3 events in ")
    assert produce("--to", "topic:readings", "-c", str(config)) == 78
    assert "there is no [[topic]] with the name 'readings'" in capsys.readouterr().err


def test_a_secret_comes_from_a_file_or_the_environment(
    mock: MockKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    to = ("--to", "topic:readings", "--brokers", mock.bootstrap, "--events", "1")
    (tmp_path / "id").write_text("me\n")
    assert produce(*to, "--client", f"client.id=file:{tmp_path}/id") == 0
    monkeypatch.setenv("OWN_ID", "me")
    assert produce(*to, "--client", "client.id=env:OWN_ID") == 0
    capsys.readouterr()
    assert produce(*to, "--client", "sasl.password=env:NOPE") == 78
    assert capsys.readouterr().err == '--client "sasl.password": the environment has no NOPE\n'


def test_what_stops_it_is_one_clear_line(mock: MockKafka, capsys: Capture) -> None:
    for topic, brokers, said in [("nowhere", mock.bootstrap, "no such topic"), ("a", "127.0.0.1:9", "refused")]:
        assert produce("--to", f"topic:{topic}", "--brokers", brokers) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert f"'{topic}'" in line
        assert said in line
