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


def test_to_several_regions_the_first_that_takes_an_event_gets_it(
    moto_endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    create_queue(moto_endpoint, "produced-to-two")
    nobody = "http://127.0.0.1:9"
    two = ["--region", "eu-west-1", "--endpoint-url", nobody, "--region", REGION, "--endpoint-url", moto_endpoint]
    assert status_of(["produce", "--queue", "produced-to-two", "--interval", "0", "--events", "3", *two]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("sent 3 of 3 events in ")
    assert captured.err.startswith(f"sending to {REGION} at {moto_endpoint} now: ")


@pytest.mark.parametrize(
    "options",
    [
        ["--region", "a", "--region", "b", "--endpoint-url", "http://127.0.0.1:9"],
        ["--endpoint-url", "http://127.0.0.1:9", "--endpoint-url", "http://127.0.0.1:10"],
    ],
)
def test_regions_and_endpoints_that_are_no_pairs_are_refused(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["produce", *options]) == 2
    assert "for each --" in capsys.readouterr().err
