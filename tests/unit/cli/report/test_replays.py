"""What `punctuald report --what-if` makes of a log: replays that can be computed by hand, and logs that are odd."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from doubles.log_report.made_log import NOON, daemon, line, queue, tier, write
from punctuald.cli import status_of
from punctuald.cli.report.replay_size import how_often, work_seconds
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.trace.service_times import Lognormal

CELL_OF_TWO_SECONDS = 21 * 64
CONFIG = """
[pool]
min_workers = 1
max_workers = 1
slots = 1
[[sla.tier]]
name = "peak"
threshold_seconds = 6.5
"""
QUEUE = """
[[queue]]
name = "{}"
handler = "shop:handle"
"""
SECOND = int(NOON)
MINUTE = 60


def told(first_second: int, counts: Sequence[int], at: float = NOON + 200) -> bytes:
    return line("stats.arrivals", at, process="autoscaler", first_second=first_second, counts=counts)


def made(
    path: Path,
    arrivals: Mapping[int, int],
    *more: bytes,
    minutes: Sequence[int] = (0, 1),
    counts: Mapping[str, int] | None = None,
) -> str:
    """A log of these minutes after noon, of handlers that take two seconds."""
    sent = sum(arrivals.values())
    done = {"done": sent} if counts is None else counts
    lines = [
        line("daemon.started", NOON),
        line("process.ready", role="worker", worker=0, start_seconds=0.1),
        *(told(SECOND + second, [count]) for second, count in arrivals.items()),
        *(daemon(NOON + minute * MINUTE, seconds=60.0, workers=1) for minute in minutes),
        queue(seconds=60.0, arrivals=sent, counts=done),
        tier(seconds=60.0, met=sent, histograms={"handle": [[CELL_OF_TWO_SECONDS, sent]]}),
        *more,
    ]
    return str(write(path, lines))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG + QUEUE.format("orders"))
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert status_of(["report", *arguments, "--no-html", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["what_if"]
    return found


def counted(outcome: Mapping[str, Any]) -> tuple[int, int]:
    [found] = outcome["tiers"]
    return found["messages"], found["met"]


def test_a_replay_can_be_computed_by_hand(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten messages within a second, each of two seconds (2.03 at most): of one worker the n-th ends between 2 n - 1
    and 2.03 n seconds after its sending, so three are within 6.5; of two workers the same holds of pairs."""
    log = made(here / "vm1.log", {10: 10, 70: 10})
    found = asked(capsys, log, "--what-if", "workers=2", "--what-if", "tier.peak=4.5")
    assert counted(found["replayed"]) == (20, 6)
    assert [counted(each) for each in found["alternatives"]] == [(20, 12), (20, 4)]
    assert found["replayed"]["between"] == [0.3, 0.3]
    assert sum(late or 0 for late in found["replayed"]["late"]) == 14


def test_each_number_of_calls_and_hours_has_its_price(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "prices.toml").write_text("standard = 2.0\nworker_hour = 3.0")
    found = asked(capsys, made(here / "vm1.log", {10: 10}), "--prices", "prices.toml", "--what-if", "workers=2")
    for outcome in (found["replayed"], *found["alternatives"]):
        assert outcome["request_cost"] == pytest.approx(outcome["requests"] * 2e-6)
        assert outcome["worker_cost"] == pytest.approx(outcome["worker_hours"] * 3)


def test_workers_are_there_before_the_first_message_and_after_the_last_one(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = asked(capsys, made(here / "vm1.log", {300: 2}, minutes=range(10)), "--what-if", "workers=+1")
    assert found["happened"]["worker_hours"] == pytest.approx(600 / 3600)
    assert found["replayed"]["worker_hours"] == pytest.approx(600 / 3600, rel=0.01)
    assert found["alternatives"][0]["worker_hours"] == pytest.approx(1200 / 3600, rel=0.01)
    assert found["is_near"]


@pytest.mark.parametrize("first_second", [10**12, 10**13, 2**63 - 1, 1000, -5, -(10**15)])
def test_a_second_that_can_not_be_is_left_out(
    here: Path, first_second: int, capsys: pytest.CaptureFixture[str]
) -> None:
    log = made(here / "vm1.log", {10: 10}, told(first_second, [5, 5]))
    assert counted(asked(capsys, log, "--what-if", "workers=2")["replayed"]) == (10, 3)


@pytest.mark.parametrize("more", [told(SECOND, [10**12]), told(SECOND, [2**62, 2**62]), daemon(1000.0)])
def test_what_is_too_much_to_be_replayed_is_one_line(
    here: Path, more: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    log = made(here / "vm1.log", {10: 10}, more, more)
    assert status_of(["report", log, "--no-html", "--what-if", "workers=2"]) == 78
    said = capsys.readouterr().err.strip()
    assert said.endswith("at most 31 days and 50,000,000 messages can be replayed: --since and --until take a part")
    assert len(said.splitlines()) == 1


def test_handlers_that_always_failed_are_replayed_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = made(here / "vm1.log", {10: 2}, counts={"failed": 2})
    assert counted(asked(capsys, log, "--what-if", "workers=2")["replayed"]) == (2, 0)


def test_a_failed_message_comes_again_when_the_configuration_says(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = made(here / "vm1.log", dict.fromkeys(range(1, 100, 8), 1), counts={"failed": 7, "done": 13})
    found = asked(capsys, log, "--what-if", "queue.0.retry_initial_seconds=60")
    [changed] = found["alternatives"]
    assert found["replayed"]["tiers"][0]["p99_seconds"] < 60 < changed["tiers"][0]["p99_seconds"]


def test_several_queues_are_replayed_without_their_limits_and_it_is_said(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "config.toml").write_text(CONFIG + QUEUE.format("orders") + "concurrency = 1\n" + QUEUE.format("mails"))
    found = asked(capsys, made(here / "vm1.log", {10: 10}), "--what-if", "workers=2")
    assert counted(found["alternatives"][0]) == (10, 6)
    assert "Limits of queues are left out: each is of one queue." in found["sentences"]


def test_what_is_odd_about_the_log_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = "<i>\x1b[31m\n"
    more = [
        line("reload.completed", NOON + 30),
        tier(name=odd),
        queue(name=odd, arrivals=3),
    ]
    found = asked(capsys, made(here / "vm1.log", {10: 10}, *more, minutes=(0, 9)), "--what-if", "workers=2")
    shown = r"<i>\x1b[31m\n"
    for sentence in (
        "Of 13 messages 3 are in no replay: they had been sent before the part of the log that was read,",
        "The configuration's tier peak is not the one in the log: is it the file that was in force?",
        f"The configuration's tier {shown} is not the one in the log",
        f"The configuration has no queue {shown}: is it the file that was in force?",
        "The log's hosts were there for 20% of its time, and in a replay they are for all of it",
        "There was a reload: a replay has one configuration all the time.",
    ):
        assert sentence in "\n".join(found["sentences"])


def test_too_many_hosts_are_refused_without_options_of_another_command(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = [made(here / f"vm{number}.log", {10: 10}) for number in range(2)]
    assert status_of(["report", *logs, "--no-html", "--what-if", "workers=300"]) == 78
    assert capsys.readouterr().err.strip() == (
        "--what-if: the log is of 2 hosts, and only 512 workers can be simulated: a lower pool.max_workers, or fewer "
        "hosts' logs"
    )


def test_only_a_short_log_is_replayed_several_times() -> None:
    assert how_often(messages=20_000, steps=3_600.0) == 15
    assert how_often(messages=1_000, steps=20_000.0) == 5
    assert how_often(messages=200_000, steps=100.0) == 5
    assert how_often(messages=1, steps=86_400.0) == 1
    assert how_often(messages=1_000_000, steps=1.0) == 1


@pytest.mark.parametrize(
    ("limits", "hosts", "seconds"),
    [
        (NO_LIMITS, 1, 100 * 0.5 / 6),
        (NO_LIMITS, 2, 100 * 0.5 / 12),
        (QueueLimits(concurrency=2), 1, 100 * 0.5 / 2),
        (QueueLimits(concurrency=50), 1, 100 * 0.5 / 6),
        (QueueLimits(rate_per_second=0.1), 1, 1_000.0),
    ],
)
def test_work_takes_as_long_as_all_slots_or_a_limit_need(limits: QueueLimits, hosts: int, seconds: float) -> None:
    setup = Setup(service=Lognormal(0.5, 0.0), slots=3, max_workers=2, limits=limits)
    assert work_seconds(setup, 100, hosts) == pytest.approx(seconds)


def test_an_answer_that_would_never_end_is_one_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = made(here / "vm1.log", {10: 10_000})
    assert status_of(["report", log, "--no-html", "--what-if", "queue.0.rate_limit=0.001"]) == 78
    assert capsys.readouterr().err.strip() == (
        "--what-if: queue.0.rate_limit=0.001: the messages would take 116 days, and at most 31 can be replayed"
    )
