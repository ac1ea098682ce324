"""Runs a scenario with the real daemon, in processes of its own, and judges it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import orjson
import psutil

from benchmarks.rig import Event, Rig, Setup, rig
from chaos.handlers import away_beside
from chaos.ledger.events import History
from chaos.ledger.poison import killed_by_poison
from chaos.ledger.read import read_events, read_runs
from chaos.ledger.verdict import Charge, ChargeKind, Verdict, judge
from chaos.scenarios.scenario import Action, Load, Scenario
from chaos.sqs.counters import Vagueness
from chaos.sqs.server import TESTS, ServerSetup, SqsServer, sqs_server
from chaos.sqs.stored import QueueSettings
from control_socket import ControlSocket
from punctuald.demo.ledger import LEDGER_VARIABLE

LATENCY_SECONDS = 0.004
SEND_INTERVAL_SECONDS = 0.05
AFTERMATH_SECONDS = 0.7
"""When the queue is empty, second copies of what was delivered twice may still come."""

POISON_EACH = 25
"""One message in so many is poison, until there are as many as the load wants."""

EXIT_SECONDS = 60.0
LOOK_SECONDS = 0.1
VAGUE = Vagueness(lag_seconds=5.0, flicker_share=0.3)
POOL = {"min_workers": 2, "max_workers": 2, "slots": 4, "drain_timeout_seconds": 10, "backoff_initial_seconds": 0.1}
QUEUE = {"wait_seconds": 1}
UNHURRIED = '[[sla.tier]]\nname = "unhurried"\nthreshold_seconds = 3600'


@dataclass(frozen=True, slots=True)
class Variant:
    """How a scenario is run: over which transport, plain or over TLS, and with which draws."""

    transport: str = "fast"
    tls: bool = False
    seed: int = 1

    def __str__(self) -> str:
        return f"{self.transport}{' over TLS' if self.tls else ''}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict, with the daemon's own deaths among its charges, and how long all took."""

    verdict: Verdict
    deaths: list[Charge]
    seconds: float

    @property
    def charges(self) -> list[Charge]:
        """All that stand."""
        return [*self.verdict.charges, *self.deaths]


ENDED_WHILE_STARTING = "while it starts)"
"""How the causes of those deaths end that the supervisor ordered of workers that could not have received yet."""


def run_scenario(scenario: Scenario, variant: Variant, directory: Path) -> Outcome:
    """Run it and judge; ``directory`` gets the server's events, the handlers' ledger and the daemon's log."""
    begun_mono = time.monotonic()
    with sqs_server(_server_setup(scenario, variant), directory) as server:
        setup, ledger = _daemon_setup(scenario, variant, server, directory), directory / "runs.txt"
        with rig(setup, directory) as running:
            control = _control(directory)
            scenario_run = ScenarioRun(scenario, server, running, variant.seed, away_beside(ledger), control)
            scenario_run.run()
            log = running.refresh()
        server.expire_all(scenario.queue_name)
        events, runs = read_events(server.events_path), read_runs(ledger)
        killed_mono = scenario_run.killed_mono | killed_by_poison(events, runs)
        history = History(scenario.queue_name, scenario.dead_letter_queue, events, runs, killed_mono)
    verdict = judge(history, scenario.terms)
    return Outcome(verdict, deaths(log, set(killed_mono)), time.monotonic() - begun_mono)


def deaths(log: Sequence[Event], killed: set[int]) -> list[Charge]:
    """Workers that ended as nobody had ordered, and a daemon that did not end as it should."""
    exited = [event for event in log if event["event"] == "process.exited"]
    died = [
        f"{event['pid']}: {event['cause']}"
        for event in exited
        if event["status"] and event["pid"] not in killed and not event["cause"].endswith(ENDED_WHILE_STARTING)
    ]
    stopped = [event["status"] for event in log if event["event"] == "daemon.stopped"]
    if stopped != [0]:
        died.append(f"the daemon's exit status: {stopped or 'it did not say'}")
    return [Charge(ChargeKind.DIED, "", text) for text in died]


class ScenarioRun:
    """One run of a scenario, while it goes on. ``killed_mono`` are the workers that it killed, by pid."""

    def __init__(
        self, scenario: Scenario, server: SqsServer, running: Rig, seed: int, away: Path, control: ControlSocket
    ) -> None:
        self._scenario = scenario
        self._server = server
        self._running = running
        self._seed = seed
        self._away = away
        self._control = control
        self._random = Random(seed)  # noqa: S311 - a draw that can be repeated
        self._sent = 0
        self._stopping = False
        self.killed_mono: dict[int, float] = {}

    def run(self) -> None:
        """From the first message to the daemon's end."""
        begun_mono = time.monotonic()
        self._server.set_faults(self._scenario.faults, self._seed)
        for at_seconds, act in sorted(self._timeline(), key=lambda entry: entry[0]):
            time.sleep(max(0.0, begun_mono + at_seconds - time.monotonic()))
            act()
        self._catch_up()
        if not self._stopping:
            self._stop()
        self._wait_for_the_end()

    def _timeline(self) -> list[tuple[float, Callable[[], None]]]:
        load = self._scenario.load
        actions = {
            Action.KILL: self._kill,
            Action.RELOAD: lambda: self._signal(signal.SIGHUP),
            Action.STOP: self._stop,
            Action.MORE: lambda: self._control.scale_by(1),
            Action.FEWER: lambda: self._control.scale_by(-1),
            Action.TAKE_DOWNSTREAM_AWAY: self._away.touch,
            Action.BRING_DOWNSTREAM_BACK: self._away.unlink,
        }
        timeline = [(step.at_seconds, actions[step.action]) for step in self._scenario.steps]
        timeline.append((0.0, lambda: self._send(load.backlog)))
        for number in range(round(load.seconds / SEND_INTERVAL_SECONDS)):
            at_seconds = load.begin_seconds + number * SEND_INTERVAL_SECONDS
            timeline.append((at_seconds, lambda: self._send(round(load.per_second * SEND_INTERVAL_SECONDS))))
        return timeline

    def _send(self, count: int) -> None:
        if count:
            posts = [post(number, self._scenario.load) for number in range(self._sent, self._sent + count)]
            self._server.send(self._scenario.queue_name, posts)
            self._sent += count

    def _kill(self) -> None:
        alive = [pid for pid in self._running.live_pids() if pid not in self.killed_mono]
        if alive:
            victim = self._random.choice(alive)
            os.kill(victim, signal.SIGKILL)
            self.killed_mono[victim] = time.monotonic()

    def _signal(self, number: signal.Signals) -> None:
        self._running.supervisor.send_signal(number)

    def _stop(self) -> None:
        self._stopping = True
        self._signal(signal.SIGTERM)

    def _catch_up(self) -> None:
        """Let a long load's faults end, and the daemon finish what there is. A backlog keeps its faults meanwhile."""
        if self._scenario.load.seconds:
            self._server.set_faults(())
        end_mono = time.monotonic() + self._scenario.catch_up_seconds
        while not self._stopping and time.monotonic() < end_mono and self._unfinished():
            time.sleep(LOOK_SECONDS)
        self._server.set_faults(())
        time.sleep(AFTERMATH_SECONDS)

    def _unfinished(self) -> int:
        counts = self._server.count(self._scenario.queue_name)
        return int(counts["visible"] + counts["in_flight"] + counts["delayed"])

    def _wait_for_the_end(self) -> None:
        """Left as a zombie, so that whoever started it can reap it."""
        end_mono = time.monotonic() + EXIT_SECONDS
        while time.monotonic() < end_mono and _runs(self._running.supervisor):
            time.sleep(LOOK_SECONDS)


def post(number: int, load: Load) -> dict[str, Any]:
    """The ``number``-th message of a load."""
    fails = number < load.failing_heads
    rejects = load.failing_heads <= number < load.failing_heads + load.rejected_heads
    kills = number in range(POISON_EACH, POISON_EACH * (load.poison + 1), POISON_EACH)
    slow = load.slow_each > 0 and number % load.slow_each == 0
    seconds = load.slow_seconds if slow else load.work_seconds
    order = {"id": number, "work_seconds": seconds, "fails": fails, "rejects": rejects, "kills": kills}
    if load.due_seconds:
        order["due"] = time.time() + load.due_seconds
    group = f"group-{number % load.groups}" if load.groups else None
    return {"body": orjson.dumps(order).decode(), "group": group}


def _control(directory: Path) -> ControlSocket:
    return ControlSocket(directory, directory / "config.toml")


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _server_setup(scenario: Scenario, variant: Variant) -> ServerSetup:
    orders = QueueSettings(
        scenario.queue_name,
        visibility_seconds=scenario.visibility_seconds,
        max_receive_count=scenario.max_receive_count,
        dead_letter_queue=scenario.dead_letter_queue,
    )
    vagueness = VAGUE if scenario.vague_counters else Vagueness()
    queues = [orders, QueueSettings(scenario.dead_letter_queue)]
    return ServerSetup(queues, variant.tls, LATENCY_SECONDS, vagueness, variant.seed)


def _daemon_setup(scenario: Scenario, variant: Variant, server: SqsServer, directory: Path) -> Setup:
    python_path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    settings: dict[str, float | str] = {**QUEUE, "visibility_seconds": scenario.visibility_seconds, **scenario.queue}
    return Setup(
        server.endpoint_url,
        handler=scenario.handler,
        handler_path=TESTS,
        queue_name=scenario.queue_name,
        pool={**POOL, **scenario.pool},
        queue={**settings, "transport": f'"{variant.transport}"'},
        environment={
            **server.environment,
            **_control(directory).environ,
            LEDGER_VARIABLE: str(directory / "runs.txt"),
            "PYTHONPATH": python_path,
        },
        sections=UNHURRIED,
    )
