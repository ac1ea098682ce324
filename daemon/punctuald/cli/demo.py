"""`punctuald demo`: the daemon at work on an embedded SQS, Kafka or Kinesis, with a report and a verdict."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click
import orjson

from punctuald.clock import SystemClock
from punctuald.demo.produce import Schedule
from punctuald.demo.run import DemoPlan, run_demo
from punctuald.demo.sandbox import sandboxed
from punctuald.demo.servers import KINDS
from punctuald.demo.verdict import DemoResult
from punctuald.errors import PunctualdError
from punctuald.process.exit_status import ExitStatus

from .demo_source import DEFAULT_SERVER, SOURCES, SQS, Choice, RunningSource, running_source
from .schedule_options import schedule_options

if TYPE_CHECKING:
    from rich.console import Console  # slow to import: --help has no need of it

DEFAULTS = DemoPlan(Schedule(200, 0.1))


@click.command("demo")
@click.option(
    "--source",
    type=click.Choice(SOURCES),
    default=SQS,
    show_default=True,
    help="What to drain, on a server of its own.",
)
@schedule_options
@click.option(
    "--handler-seconds",
    default=DEFAULTS.handler_seconds,
    show_default=True,
    type=click.FloatRange(0),
    help="How long each event pretends to be worked on.",
)
@click.option("--min-workers", default=DEFAULTS.min_workers, show_default=True, type=click.IntRange(1))
@click.option("--max-workers", default=DEFAULTS.max_workers, show_default=True, type=click.IntRange(1))
@click.option("--slow-start", is_flag=True, help="Let the handlers begin late: a tier is violated, and restored.")
@click.option("--tier", default="", help="Hold all events against this tier; without it, the tier of the hour.")
@click.option("--seed", type=int, help="Send the same readings and ids every time.")
@click.option("--server", type=click.Choice(list(KINDS)), show_default=DEFAULT_SERVER, help="The embedded SQS.")
@click.option("--endpoint-url", default="", help="Another SQS server that takes any credentials, instead of --server.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Put configuration, log and ledger there, and leave them.",
)
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON object.")
def command(
    schedule: Schedule,
    handler_seconds: float,
    min_workers: int,
    max_workers: int,
    tier: str,
    seed: int | None,
    server: str | None,
    endpoint_url: str,
    keep: Path | None,
    *,
    source: str,
    slow_start: bool,
    as_json: bool,
) -> int:
    """Start an SQS server (or a Kafka, or a Kinesis) and the daemon, send sample events, and show what became of them.

    The status is 0 only if no event was lost and every tier's objective was met. Lost and duplicate events are counted
    by a ledger that the handler writes, not by the daemon. Configuration, log and ledger are left behind with --keep,
    and where the demo failed.
    """
    choice = Choice(source, server or "", endpoint_url)
    choice.check()
    # Only now: --help and the line that says what to install must not need the extra.
    from rich.console import Console  # noqa: PLC0415

    from punctuald.view.terminal.report import render  # noqa: PLC0415
    from punctuald.view.terminal.tables import page_console  # noqa: PLC0415

    plan = DemoPlan(schedule, handler_seconds, min_workers, max_workers, tier=tier, seed=seed, slow_start=slow_start)
    talk = Console(stderr=True)
    with _ended_like_an_interrupt(), running_source(choice) as running, _directory(keep, talk) as directory:
        log = f"   daemon's log: {directory.path / 'daemon.log'}" if keep else ""
        talk.print(f"{running.source.service}: {running.address}{log}", highlight=False, soft_wrap=True)
        result = _run(plan, running, directory.path, talk)
        directory.failed = bool(result.failures)
    if as_json:
        click.echo(_machine_report(result))
    else:
        page_console().print(render(result))
    return ExitStatus.FAILED if result.failures else ExitStatus.OK


@contextmanager
def _ended_like_an_interrupt() -> Iterator[None]:
    """Let SIGTERM and a closed terminal unwind the stack as Ctrl-C does, so that whatever we started is stopped."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(slots=True)
class _Directory:
    path: Path
    failed: bool = False


@contextmanager
def _directory(keep: Path | None, talk: Console) -> Iterator[_Directory]:
    """The one that was asked for, else one that is removed again. Where the demo failed, somebody should look at what
    is in it: then it stays, and is named."""
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    made = _Directory(keep.resolve() if keep else Path(tempfile.mkdtemp(prefix="punctuald-demo-")))
    try:
        yield made
    except PunctualdError:
        made.failed = True
        raise
    finally:
        if made.failed and any(made.path.iterdir()):
            talk.print(f"configuration, log and ledger: {made.path}", highlight=False, soft_wrap=True)
        elif not keep:
            shutil.rmtree(made.path, ignore_errors=True)


def _run(plan: DemoPlan, running: RunningSource, directory: Path, talk: Console) -> DemoResult:
    from punctuald.view.terminal.live import LiveProgress  # noqa: PLC0415 - an extra's

    with sandboxed(running.endpoint_url):
        send = running.open()
        with LiveProgress(talk, plan.schedule.events) as live:
            return run_demo(
                plan,
                running.source,
                send,
                directory=directory,
                environ=os.environ,
                clock=SystemClock(),
                on_progress=live.show,
            )


def _machine_report(result: DemoResult) -> str:
    tiers = [
        {**asdict(tier), "stages": {stage.name.lower(): asdict(summary) for stage, summary in tier.stages.items()}}
        for tier in result.final.tiers
    ]
    fields = {**asdict(result), "final": {**asdict(result.final), "tiers": tiers}}
    return orjson.dumps({"ok": not result.failures, **fields}).decode()
