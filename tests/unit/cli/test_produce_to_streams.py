"""`punctuald produce --to stream:NAME`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from punctuald.cli import status_of
from punctuald.demo.kinesis.demo_stream import create_stream
from punctuald.demo.servers import REGION

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def stream(roto_endpoint: str) -> str:
    """One that produce can be told of by its name."""
    create_stream(roto_endpoint, "produced", shards=4)
    return "produced"


def produce(*options: str) -> int:
    return status_of(["produce", "--interval", "0", *options])


def test_everything_is_sent_and_reported(stream: str, roto_endpoint: str, capsys: Capture) -> None:
    options = ("--to", f"stream:{stream}", "--endpoint-url", roto_endpoint, "--region", REGION)
    assert produce(*options, "--events", "700", "--burst", "600", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["sent"], report["planned"], report["unsent"]) == (700, 700, 0)


def test_a_configuration_says_where_its_stream_is(
    stream: str, roto_endpoint: str, tmp_path: Path, capsys: Capture
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[[stream]]\nname = "plant"\nstream = "{stream}"\nregion = "{REGION}"\nendpoint_url = "{roto_endpoint}"\n'
        'handler = "shop:handle"\n'
    )
    assert produce("--to", "stream:plant", "-c", str(config), "--events", "3") == 0
    assert capsys.readouterr().out.startswith("sent 3 of 3 events in ")
    assert produce("--to", f"stream:{stream}", "-c", str(config)) == 78
    assert f"there is no [[stream]] with the name '{stream}'" in capsys.readouterr().err


@pytest.mark.usefixtures("aws_credentials")
def test_what_stops_it_is_one_clear_line(roto_endpoint: str, capsys: Capture) -> None:
    for endpoint_url, said in ((roto_endpoint, "it does not exist there"), ("http://127.0.0.1:9", "can't connect")):
        assert produce("--to", "stream:nowhere", "--endpoint-url", endpoint_url, "--region", REGION) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"stream 'nowhere' (region {REGION}, {endpoint_url}): {said}")
