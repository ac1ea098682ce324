"""Runs one scenario against a server that runs: `python -m peers.run_one SERVER ENDPOINT_URL NAME TRANSPORT KEPT`.

Prints what came of it as one line of JSON, and copies the accounts to the directory KEPT where something is charged.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import orjson

from benchmarks.rig import START_SECONDS, Rig, Setup, rig
from chaos.ledger.read import read_runs
from chaos.ledger.verdict import Charge, judge
from chaos.scenarios.runner import POOL, QUEUE, SEND_INTERVAL_SECONDS, UNHURRIED, deaths, post
from chaos.scenarios.scenario import Action, Scenario
from chaos.sqs.server import TESTS
from peers.accounts import Accounts, history_of
from peers.queues import OutsideQueue, Sent
from peers.scenarios import SCENARIOS
from peers.servers import as_run_on
from punctuald.demo.ledger import LEDGER_VARIABLE

LOOK_SECONDS = 0.1
CATCH_UP_SECONDS = 30.0
SHOWN_CHARGES = 5
RETRIES = {"retry_initial_seconds": 0.2, "retry_max_seconds": 1}


@dataclass(frozen=True, slots=True)
class Row:
    """What is worth printing. ``charges`` by kind; ``kept`` is where the accounts are, where there are any."""

    seconds: float
    sent: int
    handled: int
    dead_lettered: int
    left: int
    again: int
    charges: dict[str, int]
    examples: list[str]
    kept: str = ""


class PeerRun:
    """One scenario. The daemons are started by the thread that calls `run`, and one after the other."""

    def __init__(self, scenario: Scenario, endpoint_url: str, transport: str, directory: Path) -> None:
        self._scenario = scenario
        self._endpoint_url = endpoint_url
        self._transport = transport
        self._directory = directory
        self._runs_path = directory / "runs.txt"
        self._queue = OutsideQueue(
            endpoint_url,
            f"{scenario.name}-{transport}",
            fifo=scenario.fifo,
            visibility_seconds=scenario.visibility_seconds,
            max_receive_count=scenario.max_receive_count,
        )
        self._random = Random(1)  # noqa: S311 - a draw that can be repeated
        self._daemons: list[Rig] = []
        self._killed_mono: dict[int, float] = {}

    def run(self) -> Row:
        """From the first message to the verdict."""
        begun_mono = time.monotonic()
        with ExitStack() as stack, ThreadPoolExecutor(1) as executor:
            self._start(stack)
            sending = executor.submit(self._send_all)
            for step in self._scenario.steps:
                time.sleep(max(0.0, begun_mono + step.at_seconds - time.monotonic()))
                self._do(step.action, stack)
            sent = sending.result()
            left = self._caught_up()
            self._daemons[-1].stop()
            logs = [daemon.refresh() for daemon in self._daemons]
        accounts = Accounts(
            self._queue.name,
            self._scenario.max_receive_count,
            sent,
            read_runs(self._runs_path),
            [event for log in logs for event in log],
            list(self._queue.dead_letters()),
            left,
            time.monotonic(),
            time.time() - time.monotonic(),
            self._killed_mono,
        )
        died = [charge for log in logs for charge in deaths(log, set(self._killed_mono))]
        return self._row(accounts, died, time.monotonic() - begun_mono)

    def _start(self, stack: ExitStack) -> None:
        directory = self._directory / f"daemon-{len(self._daemons) + 1}"
        directory.mkdir()
        self._daemons.append(stack.enter_context(rig(self._setup(), directory)))

    def _do(self, action: Action, stack: ExitStack) -> None:
        running = self._daemons[-1]
        match action:
            case Action.KILL:
                running.wait_for(lambda: bool(self._alive()), START_SECONDS, "a worker to kill")
                victim = self._random.choice(self._alive())
                os.kill(victim, signal.SIGKILL)
                self._killed_mono[victim] = time.monotonic()
            case Action.RELOAD:
                running.supervisor.send_signal(signal.SIGHUP)
            case Action.STOP:
                running.stop()
                self._start(stack)

    def _alive(self) -> list[int]:
        return [pid for pid in self._daemons[-1].live_pids() if pid not in self._killed_mono]

    def _send_all(self) -> list[Sent]:
        """In a thread, so that messages come while a daemon stops. What could not be sent in time is sent late."""
        load, begun_mono = self._scenario.load, time.monotonic()
        sent = self._queue.send([post(number, load) for number in range(load.backlog)])
        for interval in range(round(load.seconds / SEND_INTERVAL_SECONDS)):
            time.sleep(max(0.0, begun_mono + interval * SEND_INTERVAL_SECONDS - time.monotonic()))
            numbers = range(len(sent), len(sent) + round(load.per_second * SEND_INTERVAL_SECONDS))
            sent += self._queue.send([post(number, load) for number in numbers])
        return sent

    def _caught_up(self) -> int:
        """How many messages are in the queue when there are none, or the time is over."""
        end_mono = time.monotonic() + CATCH_UP_SECONDS
        while (left := self._queue.unfinished()) and time.monotonic() < end_mono:
            time.sleep(LOOK_SECONDS)
        return left

    def _setup(self) -> Setup:
        scenario, python_path = self._scenario, os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
        return Setup(
            self._endpoint_url,
            handler=scenario.handler,
            handler_path=TESTS,
            queue_name=self._queue.name,
            pool={**POOL, **scenario.pool},
            queue={
                **QUEUE,
                **RETRIES,
                "visibility_seconds": scenario.visibility_seconds,
                **scenario.queue,
                "transport": f'"{self._transport}"',
            },
            environment={
                LEDGER_VARIABLE: str(self._runs_path),
                "PYTHONPATH": python_path,
                "PUNCTUALD__LOGGING__LEVEL": "debug",  # a line for each message that is done
            },
            sections=UNHURRIED,
        )

    def _row(self, accounts: Accounts, died: Sequence[Charge], seconds: float) -> Row:
        verdict = judge(history_of(accounts), self._scenario.terms)
        charges = [*verdict.charges, *died]
        return Row(
            seconds=seconds,
            sent=verdict.sent,
            handled=verdict.handled,
            dead_lettered=verdict.dead_lettered,
            left=accounts.left,
            again=sum(verdict.repeats.values()),
            charges=Counter(charge.kind.value for charge in charges),
            examples=[f"{charge.kind}: {charge.message_id} {charge.text}" for charge in charges[:SHOWN_CHARGES]],
        )


def main(arguments: list[str]) -> int:
    """See above."""
    server, endpoint_url, name, transport, kept = arguments
    scenario = as_run_on(server, SCENARIOS[name])
    with TemporaryDirectory(prefix="punctuald-peers-") as directory:
        row = PeerRun(scenario, endpoint_url, transport, Path(directory)).run()
        if row.charges:
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(directory, kept)
    sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
