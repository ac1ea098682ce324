"""How settings become generations."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from captured_logs import own_logs
from punctuald import logs
from punctuald.app import daemon as daemon_module
from punctuald.app.daemon import GenerationBuilder, fleet_rules, layout_of, run_daemon
from punctuald.config import load
from punctuald.demo.sandbox import NOWHERE
from punctuald.errors import ConfigurationError, HandlerUnavailable, SourceUnavailable
from punctuald.model import Metric
from punctuald.policy.scaling.decide import Reason
from punctuald.process import fault_stacks
from punctuald.process.channel.frames import Misconfigured
from punctuald.process.exit_status import ExitStatus
from punctuald.stats.board.digest import message_digest
from punctuald.stats.board.interval.scaling_words import ScalingWords

TWO_QUEUES = """
[pool]
max_workers = 3
slots = 2
coroutines = 30
drain_timeout_seconds = 40
[[queue]]
name = "orders"
handler = "shop:handle"
wait_seconds = 5
[[queue]]
name = "mails"
handler = "shop:handle"
wait_seconds = 12
"""


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    with own_logs():
        yield


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TWO_QUEUES)
    return path


def change(config: Path, old: str, new: str) -> None:
    config.write_text(config.read_text().replace(old, new))


def test_the_board_has_two_places_a_worker_because_each_may_have_a_successor_while_it_drains(config: Path) -> None:
    layout = layout_of(load(config, {}))
    assert (layout.workers, layout.handler_slots) == (6, 2 + 30)  # threads, and behind them the coroutines
    assert layout.queues == ("orders", "mails")


def test_a_drain_is_given_the_handlers_time_and_the_longest_poll_and_some_grace(config: Path) -> None:
    rules = fleet_rules(load(config, {}))
    assert rules.drain_timeout_seconds == 40 + 12 + 15 + 10  # the last ones for on_stop and exit functions
    assert rules.fast_timeout_seconds == 10 + 10


def test_a_reload_that_fits_the_board_goes_on_in_place(config: Path) -> None:
    builder = GenerationBuilder(config, {})
    first = builder.build(1, None)
    change(config, "drain_timeout_seconds = 40", "drain_timeout_seconds = 7")
    second = builder.build(2, first)
    assert second.board is first.board
    assert second.boards == (first.board,)
    assert (second.number, second.rules.drain_timeout_seconds) == (2, 7 + 12 + 15 + 10)


@pytest.mark.parametrize(
    ("old", "new"), [("max_workers = 3", "max_workers = 4"), ("slots = 2", "slots = 3"), ('"mails"', '"letters"')]
)
def test_a_reload_that_does_not_fit_gets_a_new_board_beside_the_old_one(old: str, new: str, config: Path) -> None:
    builder = GenerationBuilder(config, {})
    first = builder.build(1, None)
    change(config, old, new)
    second = builder.build(2, first)
    assert second.board is not first.board
    assert second.boards == (first.board, second.board)


def test_settings_that_go_to_and_fro_take_no_more_boards_than_there_are_layouts(config: Path) -> None:
    builder = GenerationBuilder(config, {})
    first = builder.build(1, None)
    first.board.writer(0).count(0, Metric.DONE, 7)
    autoscaler = first.board.writer(first.board.layout.workers)
    autoscaler.attach(100, 1.0)
    first.board.decision_writer().write(ScalingWords(1.0, 3, Reason.ARRIVALS))
    change(config, "slots = 2", "slots = 3")
    second = builder.build(2, first)
    change(config, "slots = 3", "slots = 2")
    third = builder.build(3, second)
    assert third.board is first.board
    assert third.boards == (second.board, first.board)
    assert third.board.reader(0).counts()[Metric.DONE] == 7
    assert third.board.decision().read() is None


def test_no_reload_and_no_roll_back_forgets_a_suspect(config: Path) -> None:
    builder = GenerationBuilder(config, {})
    first = builder.build(1, None)
    first.board.tables.suspects.add(message_digest("before"), alone=True)
    change(config, "slots = 2", "slots = 3")
    second = builder.build(2, first)
    assert second.board is not first.board
    first.board.tables.suspects.add(message_digest("a worker of old died later"), alone=False)
    second.board.tables.suspects.add(message_digest("rolled back after that"), alone=False)
    for generation in (first, second):
        names = ("before", "a worker of old died later", "rolled back after that")
        assert [generation.board.tables.suspects.deaths(name) for name in names] == [1, 1, 1]


def test_the_log_follows_the_settings_in_force_and_goes_back_with_them(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    builder = GenerationBuilder(config, {})
    first = builder.build(1, None)
    first.apply_logging()
    config.write_text(config.read_text() + '[logging]\nlevel = "error"\nformat = "json"\n')
    second = builder.build(2, first)
    for generation, line in ((None, "built"), (second, "installed"), (first, "rolled back")):
        if generation is not None:
            generation.apply_logging()
        logs.logger().info(line)
    told = capfd.readouterr().out
    assert [word in told for word in ("built", "installed", "rolled back")] == [True, False, True]


def test_settings_that_are_refused_change_nothing(config: Path) -> None:
    builder = GenerationBuilder(config, {})
    first = builder.build(1, None)
    change(config, "slots = 2", "slots = 0")
    with pytest.raises(ConfigurationError):
        builder.build(2, first)
    change(config, "slots = 0", "slots = 2")
    assert builder.build(2, first).boards == (first.board,)


@pytest.mark.parametrize(
    ("raised", "status", "frames"),
    [
        (HandlerUnavailable("db down"), ExitStatus.NOT_YET, []),
        (SourceUnavailable("AWS's configuration can't be parsed", code="ConfigParseError"), ExitStatus.NOT_YET, []),
        (ConfigurationError("no such module"), ExitStatus.MISCONFIGURED, [Misconfigured("no such module")]),
    ],
)
def test_a_worker_says_misconfigured_only_where_a_person_has_to_mend_it(
    config: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int, frames: list[Misconfigured]
) -> None:
    sent: list[Misconfigured] = []

    def fail(*_: object) -> int:
        raise raised

    monkeypatch.setattr("punctuald.app.daemon.run_worker", fail)
    monkeypatch.setattr("punctuald.app.daemon.handler_output_taken", lambda *_: nullcontext())  # stdout is pytest's
    channel: Any = SimpleNamespace(send=sent.append)
    assert GenerationBuilder(config, {}).build(1, None).worker_main(0)(channel) == status
    assert sent == frames


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ConfigurationError("config.toml:3: no such tier"), "failed: misconfigured: config.toml:3: no such tier"),
        (RuntimeError("a defect"), "failed: RuntimeError: a defect"),
    ],
)
def test_whatever_ends_a_daemon_at_its_start_is_shown_by_systemd(
    error: Exception, shown: str, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(daemon_module, "preload", fails)
    monkeypatch.setattr(fault_stacks, "keep", lambda: None)  # they are this process's own here
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        with pytest.raises(type(error)):
            run_daemon(config, {"NOTIFY_SOCKET": str(tmp_path / "notify"), "XDG_RUNTIME_DIR": NOWHERE})
        assert systemd.recv(4096).decode() == f"STATUS={shown}"


@pytest.mark.parametrize("preload", [True, False])
def test_the_parent_imports_no_handler_whatever_is_configured(config: Path, *, preload: bool) -> None:
    change(config, "[pool]", f"[pool]\npreload = {str(preload).lower()}")
    change(config, "shop:handle", "never_here:handle")
    (config.parent / "never_here.py").write_text("raise SystemExit('imported in the parent')")
    generation = GenerationBuilder(config, {}).build(1, None)
    assert "never_here" not in sys.modules
    assert (generation.zygote_main is not None) is preload
