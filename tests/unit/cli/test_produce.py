from __future__ import annotations

import json

import pytest

from punctuald.cli import status_of
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import REGION


def at(endpoint: str, queue: str, *options: str) -> list[str]:
    return ["produce", "--queue", queue, "--endpoint-url", endpoint, "--region", REGION, "--interval", "0", *options]


def test_everything_is_sent_and_reported(moto_endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = create_queue(moto_endpoint, "produced")
    assert status_of(at(moto_endpoint, url, "--events", "25", "--burst", "12", "--json")) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["sent"], report["planned"], report["unsent"]) == (25, 25, 0)
    attributes = connect(moto_endpoint).get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "25"


def test_a_person_gets_a_line(moto_endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    create_queue(moto_endpoint, "produced-for-a-person")
    assert status_of(at(moto_endpoint, "produced-for-a-person", "--events", "3")) == 0
    assert capsys.readouterr().out.startswith("sent 3 of 3 events in ")


def test_a_missing_queue_is_one_clear_line(moto_endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(at(moto_endpoint, "nowhere")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "'nowhere'" in line
    assert "does not exist" in line


def test_missing_credentials_are_one_clear_line(
    moto_endpoint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    assert status_of(at(moto_endpoint, "telemetry")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "credentials unavailable: no provider has any" in line
