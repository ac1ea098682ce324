"""The demo: a real daemon, a real protocol, sample events, a verdict that does not rely on the daemon's counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson

from punctuald.clock import Clock
from punctuald.errors import PunctualdError

from .daemon_log import FINAL, DaemonLog, FinalStatistics, final_statistics, pool_sizes, scale_decisions
from .daemon_process import DaemonRunError, running_daemon
from .ledger import LEDGER_VARIABLE, Ledger, Tally
from .produce import Production, Schedule, Send, produce
from .slow_start import held_up
from .slow_start.held_up import HELD_UP_VARIABLE, SlowStart
from .slow_start.tier_changes import TierChange, tier_changes, unmet
from .telemetry import HANDLER_SECONDS_VARIABLE, TelemetryFeed
from .verdict import DemoResult, failures
from .watch import OnProgress, Watch

DRAIN_TIMEOUT_SECONDS = 10
"""All is processed when it begins; and workers whose demo was killed, with their server, try no longer than that."""

RESTORED_TIMEOUT_SECONDS = 30.0
STOP_TIMEOUT_SECONDS = DRAIN_TIMEOUT_SECONDS + 15.0


class SendingError(PunctualdError):
    """The demo's events did not all arrive, so there is nothing to judge."""


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What to run. ``tier`` empty = the tier in force at the time; ``objective`` = the share that has to be in time."""

    schedule: Schedule
    handler_seconds: float = 0.05
    min_workers: int = 1
    max_workers: int = 4
    tier: str = ""
    objective: float = 0.99
    slow_start: bool = False
    seed: int | None = None
    ready_timeout_seconds: float = 30.0
    finish_timeout_seconds: float = 60.0  # after the last event was sent


@dataclass(frozen=True, slots=True)
class _Ran:
    """How the daemon's run went: until it was ready, and from the first event until all were processed."""

    ready_seconds: float
    finished_seconds: float
    sending_utc: float
    production: Production
    exit_status: int


class DemoSource(Protocol):
    """Where the demo's daemon gets its messages from."""

    @property
    def service(self) -> str:
        """SQS, Kafka or Kinesis."""

    @property
    def description(self) -> str:
        """What the report calls it."""

    @property
    def kind(self) -> str:
        """The name of its table in the configuration."""

    @property
    def settings(self) -> Mapping[str, str | int]:
        """What the table has beside what the demo has for every source."""


def configuration(plan: DemoPlan, source: DemoSource) -> str:
    """The daemon's config.toml."""
    return f"""\
[pool]
min_workers = {plan.min_workers}
max_workers = {plan.max_workers}
drain_timeout_seconds = {DRAIN_TIMEOUT_SECONDS}

[sla]
objective = {plan.objective}
{held_up.SETTINGS if plan.slow_start else ""}
[[{source.kind}]]
{_lines({**source.settings, "tier": plan.tier or (held_up.TIER if plan.slow_start else "")})}
handler = "punctuald.demo.telemetry:handle"
event_time_field = "event_time"

[logging]
level = "info"
format = "json"
"""


def run_demo(
    plan: DemoPlan,
    source: DemoSource,
    send: Send,
    *,
    directory: Path,
    environ: Mapping[str, str],
    clock: Clock,
    on_progress: OnProgress = lambda _: None,
) -> DemoResult:
    """Start the daemon, send the events, wait for the last of them, stop the daemon, and judge.

    The configuration, the log and the ledger are left in ``directory``. Raises `DaemonRunError` with the end of the log
    where the daemon does not start, dies early or does not stop, and `SendingError` where events can't be sent.
    """
    config, log, ledger = _lay_out(directory, configuration(plan, source))
    variables = {LEDGER_VARIABLE: str(ledger.path), HANDLER_SECONDS_VARIABLE: str(plan.handler_seconds)}
    hold = directory / "held_up"
    start = SlowStart(hold, clock) if plan.slow_start else None
    variables |= {HELD_UP_VARIABLE: str(hold)} if start else {}
    started_mono = clock.mono()
    with running_daemon(config, log.path, {**environ, **variables}) as daemon:
        watch = Watch(daemon, log, ledger, clock=clock, on_progress=on_progress)
        watch.until_ready(plan.ready_timeout_seconds)
        sending_mono, sending_utc = clock.mono(), clock.utc()
        production = _send_all(plan, send, watch, clock, start)
        watch.until_processed(plan.finish_timeout_seconds)
        if plan.slow_start:
            watch.until_restored(RESTORED_TIMEOUT_SECONDS)
        finished_mono = clock.mono()
        exit_status = daemon.stop(STOP_TIMEOUT_SECONDS)
    ran = _Ran(sending_mono - started_mono, finished_mono - sending_mono, sending_utc, production, exit_status)
    return _result(plan, source, ran, log, ledger)


def _result(plan: DemoPlan, source: DemoSource, ran: _Ran, log: DaemonLog, ledger: Ledger) -> DemoResult:
    log.refresh()
    ledger.refresh()
    changes = tier_changes(log.events, ran.sending_utc)
    tally, final = ledger.tally(ran.production.sent_ids), _final(log, ran.exit_status)
    return DemoResult(
        source=source.description,
        service=source.service,
        tally=tally,
        final=final,
        objective=plan.objective,
        ready_seconds=ran.ready_seconds,
        finished_seconds=ran.finished_seconds,
        late_max_seconds=ran.production.late_max_seconds,
        pool_sizes=pool_sizes(log.events, ran.sending_utc),
        scale_decisions=scale_decisions(log.events, ran.sending_utc),
        tier_changes=changes,
        failures=_failures(plan, tally, final, changes, ran.exit_status),
    )


def _failures(
    plan: DemoPlan, tally: Tally, final: FinalStatistics, changes: Sequence[TierChange], exit_status: int
) -> tuple[str, ...]:
    """A slow start is to miss the objective, and to be seen doing so."""
    if plan.slow_start:
        return failures(tally, final, 0.0, exit_status) + unmet(changes)
    return failures(tally, final, plan.objective, exit_status)


def _lay_out(directory: Path, config_text: str) -> tuple[Path, DaemonLog, Ledger]:
    """Write the configuration. Files of an earlier run are removed, or they would be taken for this run's."""
    config, log, ledger = (directory / name for name in ("config.toml", "daemon.log", "ledger.txt"))
    config.write_text(config_text)
    log.unlink(missing_ok=True)
    ledger.unlink(missing_ok=True)
    return config, DaemonLog(log), Ledger(ledger)


def _final(log: DaemonLog, exit_status: int) -> FinalStatistics:
    event = log.last(FINAL)
    if event is None:
        raise DaemonRunError(log.with_tail(f"the daemon left no {FINAL} in its log (exit status {exit_status})"))
    return final_statistics(event)


def _send_all(plan: DemoPlan, send: Send, watch: Watch, clock: Clock, start: SlowStart | None) -> Production:
    """Send the plan's events and watch the daemon meanwhile; raises `SendingError` if an event stays unsent."""

    def take_note(production: Production) -> None:
        watch.sent_ids = production.sent_ids
        if start is not None:
            start.look()

    if start is not None:
        start.begin()

    feed = TelemetryFeed(seed=plan.seed, clock=clock)
    production = produce(plan.schedule, feed, send, clock=clock, pause=watch.pause, on_burst=take_note)
    if start is not None:
        start.let_go()  # though all were sent before
    if production.problem:
        raise SendingError(f"{len(production.sent_ids)} of {production.planned} events sent: {production.problem}")
    return production


def _lines(settings: Mapping[str, str | int]) -> str:
    """In TOML, whose strings JSON's are among."""
    return "\n".join(f"{name} = {orjson.dumps(value).decode()}" for name, value in settings.items())
