"""What a command lacks is one sentence and a status, on whatever system and with whichever extras."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from punctuald.cli import status_of
from punctuald.cli.needs import how_to_install
from punctuald.demo.kinesis.demo_stream import create_stream
from punctuald.demo.queues import create_queue
from punctuald.demo.servers import TEST_CREDENTIALS

EXTRAS = ["duckdb", "moto", "flask", "flask_cors", "ministack", "numpy", "plotly", "confluent_kafka", "google.protobuf"]
SYSTEMS = ("darwin", "win32")
OTHER_SYSTEM = Path(__file__).with_name("other_system.py")
CONFIG = '[[queue]]\nname = "orders"\nhandler = "shop:handle"\n'


def run_without_extras(*arguments: str) -> tuple[int, str, str]:
    """In a process of its own: this one has imported everything."""
    lacking = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS}))"  # to import one of them is an error then
    return ran([sys.executable, "-c", f"{lacking}; from punctuald.cli import main; main({list(arguments)})"])


def run_on(system: str, directory: Path, *arguments: str) -> tuple[int, str, str]:
    (directory / "config.toml").write_text(CONFIG, encoding="utf-8")
    return ran([sys.executable, str(OTHER_SYSTEM), system, *arguments], directory)


def ran(command: list[str], directory: Path | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **TEST_CREDENTIALS},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_demo_without_its_extra_is_one_line_that_says_what_to_install() -> None:
    assert run_without_extras("demo") == (
        78,
        "",
        f"punctuald demo needs moto, flask, flask_cors: {how_to_install('demo')}\n",
    )


def test_the_demo_asks_for_no_server_that_it_does_not_start() -> None:
    _, _, errors = run_without_extras("demo", "--endpoint-url", "http://127.0.0.1:9")
    assert "ECONNREFUSED" in errors
    _, _, errors = run_without_extras("demo", "--server", "ministack")
    assert errors.startswith("punctuald demo needs ministack: ")


def test_what_kafka_needs_is_one_line_that_says_what_to_install() -> None:
    assert run_without_extras("demo", "--source", "kafka") == (
        78,
        "",
        f"punctuald demo --source kafka needs confluent_kafka: {how_to_install('demo,kafka')}\n",
    )
    assert run_without_extras("produce", "--to", "topic:a", "--brokers", "127.0.0.1:9") == (
        78,
        "",
        f"punctuald produce --to topic:NAME needs confluent_kafka: {how_to_install('kafka')}\n",
    )


def test_what_kinesis_needs_is_one_line_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_without_extras("demo", "--source", "kinesis") == (
        78,
        "",
        f"punctuald demo --source kinesis needs google.protobuf: {how_to_install('demo-kinesis')}\n",
    )
    monkeypatch.setattr(sysconfig, "get_path", lambda _: "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    assert status_of(["demo", "--source", "kinesis"]) == 78
    expected = f"punctuald demo --source kinesis needs roto-server: {how_to_install('demo-kinesis')}\n"
    assert capsys.readouterr().err == expected


def test_a_report_without_its_extra_is_one_line_that_says_what_to_install() -> None:
    assert run_without_extras("report", "daemon.log") == (
        78,
        "",
        f"punctuald report needs duckdb: {how_to_install('report')}\n",
    )


@pytest.mark.parametrize("command", ["demo", "simulate", "produce", "report"])
def test_help_needs_no_extra(command: str) -> None:
    status, out, errors = run_without_extras(command, "--help")
    assert (status, errors) == (0, "")
    assert out.startswith(f"Usage: punctuald {command}")


def test_produce_to_a_queue_or_a_stream_needs_no_extra(moto_endpoint: str, roto_endpoint: str) -> None:
    url = create_queue(moto_endpoint, "produced-without-extras")
    create_stream(roto_endpoint, "produced-without-extras", shards=1)
    for to, endpoint_url in ((f"queue:{url}", moto_endpoint), ("stream:produced-without-extras", roto_endpoint)):
        status, out, errors = run_without_extras("produce", "--to", to, "--events", "2", "--endpoint-url", endpoint_url)
        assert (status, errors) == (0, "")
        assert out.startswith("sent 2 of 2 events")


@pytest.mark.parametrize(
    ("came_from", "expected"),
    [
        ({"url": "file:///opt/my%20clone", "dir_info": {"editable": True}}, "/opt/my clone[demo]"),
        ({"url": "file:///srv/punctuald-0.1.0-py3-none-any.whl"}, "/srv/punctuald-0.1.0-py3-none-any.whl[demo]"),
        ({"url": "https://example.org/punctuald.git", "vcs_info": {}}, "punctuald[demo]"),
        (None, "punctuald[demo]"),  # from an index
    ],
)
def test_the_hint_names_what_this_installation_came_from(
    came_from: object, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Distribution:
        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return None if came_from is None else json.dumps(came_from)

    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: Distribution())
    assert how_to_install("demo") == f"{sys.executable} -m pip install '{expected}'"


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("arguments", ["init", "run", "wait", "demo", "run --help", "check --connect"])
def test_another_system_than_linux_is_one_sentence(system: str, arguments: str, tmp_path: Path) -> None:
    what = f"punctuald {arguments}".removesuffix(" --help")
    assert run_on(system, tmp_path, *arguments.split()) == (78, "", f"{what} needs Linux, and this is {system}\n")


@pytest.mark.parametrize(
    "arguments",
    ["--help", "--version", "check", "schema", "produce --help", "simulate --synthetic bursts --length 1m"],
)
def test_what_needs_no_linux_works_elsewhere(arguments: str, tmp_path: Path) -> None:
    status, out, errors = run_on("win32", tmp_path, *arguments.split())  # it lacks all that darwin lacks, and more
    assert (status, errors) == (0, "")
    assert out
