"""`punctuald init`: a newcomer's first files are right, and nobody's are overwritten."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from printed_examples import ROOT, blocks_of
from punctuald.cli import status_of
from punctuald.cli.init.unit import own_command, unit_for
from punctuald.config import QueueSettings, Settings, StreamSettings, TopicSettings, load
from punctuald.demo.telemetry import TelemetryFeed
from punctuald.testing import run_handler

UNIT = (ROOT / "systemd" / "punctuald.service").read_text(encoding="utf-8")
LARGE = '[[queue]]\nname = "orders"\nhandler = "shop:handle"\n[pool]\nmax_workers = 100\ndrain_timeout_seconds = 300\n'
EXAMPLE = TopicSettings(name="readings", brokers="localhost:9092", handler="punctuald.demo.telemetry:handle")
CLICKS = StreamSettings(name="clicks", handler="punctuald.demo.telemetry:handle")
ELSEWHERE = "put the handler below /opt, say, and name that in handler_path"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = status_of(["init", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_it_writes_a_configuration_and_a_handler_checks_them_and_says_what_comes_next(run: Run, tmp_path: Path) -> None:
    status, out, errors = run()
    assert (status, errors) == (0, "")
    lines = out.splitlines()
    assert lines[:3] == ["config.toml: written", "shop.py: written", "config.toml: ok"]
    assert lines[3].startswith("queue orders: handler shop:handle: a function of one message, imported in ")
    assert lines[4:] == ["next:", "  punctuald check --connect", "  punctuald run"]
    assert load(tmp_path / "config.toml", {}) == Settings(queues=(QueueSettings(name="orders", handler="shop:handle"),))


def test_the_commands_that_come_next_can_be_copied_from_anywhere(run: Run, tmp_path: Path) -> None:
    _, out, _ = run("my shop", "--queue", "bills.fifo")
    assert out.splitlines()[-2:] == [
        "  punctuald check --connect -c 'my shop/config.toml'",
        "  punctuald run -c 'my shop/config.toml'",
    ]
    assert load(tmp_path / "my shop" / "config.toml", {}).queues[0].name == "bills.fifo"


def test_every_setting_is_there_as_a_comment_that_says_the_default(run: Run, tmp_path: Path) -> None:
    run()
    path = tmp_path / "config.toml"
    setting = re.compile(r"^# (?=\w+ = |\[)", re.MULTILINE)
    said = setting.sub("", path.read_text(encoding="utf-8"))
    path.write_text(said, encoding="utf-8")
    orders = QueueSettings(name="orders", handler="shop:handle")
    assert load(path, {}) == Settings(queues=(orders,), topics=(EXAMPLE,), streams=(CLICKS,))
    assert set(re.findall(r"^(\w+) = ", said, re.MULTILINE)) == settings_of_the_example()


def settings_of_the_example() -> set[str]:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:# )?(\w+) = ", text, re.MULTILINE))


def test_the_first_source_may_be_a_topic(run: Run, tmp_path: Path) -> None:
    status, out, errors = run("--topic", "plant.readings", "--brokers", "a:9092,b:9092")
    assert (status, errors) == (0, "")
    assert "topic plant.readings: handler shop:handle: a function of one message, imported in" in out
    path = tmp_path / "config.toml"
    topic = TopicSettings(name="plant.readings", brokers="a:9092,b:9092", handler="shop:handle")
    assert load(path, {}) == Settings(topics=(topic,))
    said = re.sub(r"^# (?=\w+ = |\[)", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"^(\w+) = ", said, re.MULTILINE)) == settings_of_the_example()
    path.write_text(said, encoding="utf-8")
    assert load(path, {}).topics == (topic,)
    assert [queue.name for queue in load(path, {}).queues] == ["telemetry"]


def test_the_first_source_may_be_a_stream(run: Run, tmp_path: Path) -> None:
    status, out, errors = run("--stream", "plant.clicks")
    assert (status, errors) == (0, "")
    assert "stream plant.clicks: handler shop:handle: a function of one message, imported in" in out
    path = tmp_path / "config.toml"
    stream = StreamSettings(name="plant.clicks", handler="shop:handle")
    assert load(path, {}) == Settings(streams=(stream,))
    said = re.sub(r"^# (?=\w+ = |\[)", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(said, encoding="utf-8")
    assert load(path, {}).streams == (stream,)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--topic", "readings"), "--topic NAME and --brokers HOST:PORT go together"),
        (("--brokers", "a:9092"), "--topic NAME and --brokers HOST:PORT go together"),
        (("--topic", "a", "--brokers", "a:1", "--queue", "b"), "give --queue, --topic or --stream"),
        (("--stream", "a", "--queue", "b"), "give --queue, --topic or --stream"),
        (("--stream", "a b"), "Invalid value for --stream: 'a b' can't be the name of a Kinesis stream"),
        (("--topic", "a/b", "--brokers", "a:1"), "Invalid value for --topic: 'a/b' can't be the name of a Kafka topic"),
        (("--topic", "a", "--brokers", "http://a"), "Invalid value for --brokers: 'http://a' can't be HOST:PORT"),
    ],
)
def test_what_can_not_be_a_topic_or_a_stream_is_wrong_usage(
    arguments: tuple[str, ...], said: str, run: Run, tmp_path: Path
) -> None:
    status, _, errors = run(*arguments)
    assert status == 2
    assert said in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["config.toml", "shop.py"])
def test_what_is_there_is_not_overwritten_and_nothing_is_added_to_it(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    assert run() == (1, "", f"{name} is there already: nothing was written\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_a_link_that_leads_nowhere_is_not_written_through(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.py").symlink_to(tmp_path / "elsewhere.py")
    assert run()[0] == 1
    assert not (tmp_path / "elsewhere.py").exists()


def test_a_directory_that_can_not_be_made_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert run("file/below") == (1, "", "file/below/config.toml: Not a directory\n")


def test_a_name_that_no_file_can_have_is_one_line(run: Run) -> None:
    long = "d" * 300
    assert run(long) == (1, "", f"{long}/config.toml: File name too long\n")


def test_where_the_second_file_has_no_room_the_first_is_not_left_either(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def open_file(path: Path, mode: str = "r", **options: Any) -> Any:
        if (mode, path.name) == ("x", "shop.py"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(path, mode, **options)

    monkeypatch.setattr(Path, "open", open_file)
    assert run() == (1, "", "shop.py: No space left on device\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ['a"b', "", "two words"])
def test_a_name_that_no_queue_can_have_is_wrong_usage(name: str, run: Run, tmp_path: Path) -> None:
    status, _, errors = run("--queue", name)
    assert status == 2
    assert "can't be the name of an SQS queue" in errors
    assert list(tmp_path.iterdir()) == []


def test_the_handler_is_the_readmes_and_takes_what_produce_sends(run: Run, tmp_path: Path) -> None:
    run()
    text = (tmp_path / "shop.py").read_text(encoding="utf-8")
    first, *_ = blocks_of((ROOT / "README.md").read_text(encoding="utf-8"), "python")
    assert text == first
    namespace: dict[str, object] = {}
    exec(compile(text, "shop.py", "exec"), namespace)  # noqa: S102 - our own
    feed = TelemetryFeed(seed=1)
    results = run_handler(namespace["handle"], *(feed.next_event().body() for _ in range(20)))  # type: ignore[arg-type]
    assert [result.kind for result in results] == ["done"] * 20


def test_a_unit_is_for_this_installation(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("--systemd")
    assert status == 0
    unit = (tmp_path / "punctuald.service").read_text(encoding="utf-8")
    assert f"ExecStart={own_command()[0]} run -c /etc/punctuald/config.toml\n" in unit
    assert f"Documentation=file://{ROOT}/docs/operations.md\n" in unit
    assert "/opt/punctuald" not in unit
    assert (
        f"ExecStart={own_command()[0]} run -c /etc/punctuald/%i.toml\n" in (tmp_path / "punctuald@.service").read_text()
    )
    assert (tmp_path / "punctuald.sysusers").read_text() == (ROOT / "systemd" / "punctuald.sysusers").read_text()
    assert "systemctl enable --now punctuald" in out
    assert run("--systemd")[0] == 1


def test_a_unit_whose_limits_fit_the_configuration_has_no_drop_in(run: Run, tmp_path: Path) -> None:
    run("etc")
    assert run("units", "--systemd", "-c", "etc/config.toml")[0] == 0
    files = {path.name for path in (tmp_path / "units").iterdir()}
    assert files == {"punctuald.service", "punctuald@.service", "punctuald.sysusers"}


@pytest.mark.parametrize(("name", "unit"), [("config", "punctuald"), ("bills", "punctuald@bills")])
def test_where_a_limit_is_too_low_for_the_configuration_a_drop_in_raises_it(
    name: str, unit: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / f"{name}.toml").write_text(LARGE, encoding="utf-8")
    status, out, _ = run("--systemd", "-c", f"{name}.toml")
    assert status == 0
    text = (tmp_path / f"{unit}.service.d" / "limits.conf").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+)=(\d+)$", text, re.MULTILINE) == [
        ("TimeoutStopSec", "359"),
        ("TasksMax", "8832"),
        ("LogRateLimitBurst", "3000000"),
    ]
    assert f"# For {name}.toml as it is now" in text
    drop_in = f"{unit}.service.d/limits.conf"
    assert f"  install -D -m 644 {drop_in} /etc/systemd/system/{drop_in}\n" in out


def test_units_for_a_configuration_that_is_wrong_are_not_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("nonsense", encoding="utf-8")
    status, out, errors = run("--systemd", "-c", "config.toml")
    assert (status, out) == (78, "")
    assert errors.startswith("config.toml: not valid TOML")
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_configuration_is_named_for_a_unit_only(run: Run, tmp_path: Path) -> None:
    status, _, errors = run("-c", "config.toml")
    assert status == 2
    assert "--config goes with --systemd" in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "written"),
    [
        (["/srv/p/bin/punctuald"], "/srv/p/bin/punctuald"),
        (["/srv/100%/bin/punctuald"], "/srv/100%%/bin/punctuald"),
        (["/srv/my place/python", "-m", "punctuald"], '"/srv/my place/python" -m punctuald'),
    ],
)
def test_a_path_is_written_as_systemd_reads_it(command: list[str], written: str, tmp_path: Path) -> None:
    unit = unit_for(UNIT, command, tmp_path / "gone.md")
    assert f"\nExecStart={written} run -c /etc/punctuald/config.toml\n" in unit
    assert "Documentation=" not in unit


@pytest.mark.parametrize("place", ["/root", "/home/me", "/tmp", "/var/tmp/build"])  # noqa: S108 - nothing is written there
def test_an_installation_that_the_units_user_can_not_see_is_a_warning(
    place: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", f"{place}/venv/bin/python")
    _, _, errors = run("--systemd")
    assert errors.startswith(f"warning: {place}/venv/bin/python can't be read by the unit's user")


def test_an_installation_where_a_link_leads_to_what_is_hidden_is_a_warning(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "opt").symlink_to("/root")
    monkeypatch.setattr("punctuald.cli.init.unit.HIDDEN", ("/root",))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "opt" / "bin" / "python"))
    assert run("--systemd")[2].startswith("warning: ")


def test_a_configuration_and_a_handler_that_the_units_user_can_not_see_are_warnings(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("punctuald.cli.init.unit.HIDDEN", (str(tmp_path),))
    monkeypatch.setattr(sys, "executable", "/opt/punctuald/bin/python")
    told = f'{LARGE.partition("[pool]")[0]}handler_path = "{tmp_path}/handlers"\n'
    (tmp_path / "config.toml").write_text(told, encoding="utf-8")
    _, _, errors = run("--systemd", "-c", "config.toml")
    assert errors.splitlines() == [
        "warning: config.toml can't be read by the unit's user: install it in /etc/punctuald",
        f"warning: {tmp_path}/handlers can't be read by the unit's user: {ELSEWHERE}",
    ]


def test_what_the_units_user_can_see_is_no_warning(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("punctuald.cli.init.unit.HIDDEN", ("/root",))
    monkeypatch.setattr(sys, "executable", "/opt/punctuald/bin/python")
    (tmp_path / "config.toml").write_text(LARGE, encoding="utf-8")
    assert run("--systemd", "-c", "config.toml")[2] == ""
