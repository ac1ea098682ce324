"""Builds the supervisor and, each time that the configuration is read, a generation of children."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from punctuald import logs
from punctuald.clock import SystemClock
from punctuald.config import PoolSettings, Settings, load
from punctuald.errors import ConfigurationError
from punctuald.logs import logger
from punctuald.policy.limits.queue_limits import limited_as
from punctuald.policy.pool.fleet import FleetRules
from punctuald.policy.pool.illness import illness_of
from punctuald.process import fault_stacks
from punctuald.process.absolute_path import absolute_path
from punctuald.process.autoscaler.autoscaler import Autoscaler
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Misconfigured
from punctuald.process.control.listener import ControlListener, open_listener, own_listener
from punctuald.process.ending.ending import END_SECONDS
from punctuald.process.exit_status import ExitStatus
from punctuald.process.notify import Notifier
from punctuald.process.output.output import handler_output_taken
from punctuald.process.signals import SignalQueue
from punctuald.process.supervisor.children import freeze_for_forks
from punctuald.process.supervisor.generation import ChildMain, Generation
from punctuald.process.supervisor.supervisor import Supervisor
from punctuald.process.worker.hooks import STOP_SECONDS
from punctuald.source.aws.credentials.chain import ProviderChain
from punctuald.source.sqs.client import preload
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.aggregator import Aggregator
from punctuald.stats.figures.snapshot_fields import snapshot_lines

from .autoscaler import build_autoscaler
from .boards import Boards
from .extras import need_extras
from .observer import observer_main
from .outline import Outline
from .sources.kinesis_apis import find_stream_endpoints
from .sources.sqs_apis import find_endpoints
from .sources.streams import kinesis_stream
from .sources.topics import kafka_topic
from .worker import run_worker
from .zygote import run_zygote

log = logger()

_STOP_MARGIN_SECONDS = 15  # on top of its long poll and its handlers' time, for a worker's orderly stop
_FAST_TIMEOUT_SECONDS = 10.0
_AFTER_THE_STOP_SECONDS = STOP_SECONDS + END_SECONDS  # hooks, then exit functions, however the worker stops


def run_daemon(
    config_path: Path,
    environ: Mapping[str, str],
    early_signals: SignalQueue | None = None,
    socket_path: Path | None = None,
) -> int:
    """Run until it is stopped; returns the exit status. Raises `ConfigurationError` before anything is started.

    ``early_signals`` has those that came since the process began. ``socket_path``: of the control socket; None = where
    clients of that configuration look for it.
    """
    fault_stacks.keep()
    fault_stacks.show_when_signalled()
    notifier = Notifier(environ)
    listener: ControlListener | None = None
    try:
        config_path = absolute_path(config_path, environ)
        given = absolute_path(socket_path, environ) if socket_path else None
        listener = open_listener(given) if given else own_listener(config_path, environ)
        builder = GenerationBuilder(config_path, environ, listener)
        preload()
        supervisor = Supervisor(builder.build, SystemClock(), notifier, builder.report, early_signals)
        log.info("control.listening", socket=str(listener.path) if listener else None)
        freeze_for_forks()
        return supervisor.run()
    except ConfigurationError as error:
        notifier.status(f"failed: misconfigured: {error}")
        raise
    except Exception as error:
        notifier.status(f"failed: {type(error).__name__}: {error}")
        raise
    finally:
        if listener is not None:
            listener.remove()


class GenerationBuilder:
    """Makes generations, and remembers what must outlive each: boards, tiers that stand on them, tables."""

    def __init__(self, config_path: Path, environ: Mapping[str, str], listener: ControlListener | None = None) -> None:
        self._config_path = config_path
        self._environ = environ
        self._listener = listener
        self._clock = SystemClock()
        self._boards = Boards()
        self._thresholds: dict[str, float] = {}
        self._objective = 0.99

    def build(self, number: int, previous: Generation | None) -> Generation:
        """Read the configuration afresh. Nothing changes here when it is refused (`ConfigurationError`)."""
        settings = load(self._config_path, self._environ)
        need_extras(settings, self._config_path)
        topics = {each.name: kafka_topic(each, self._config_path, self._environ) for each in settings.topics}
        streams = {each.name: kinesis_stream(each) for each in settings.streams}
        if previous is None:
            _log_as(settings)  # so that the building is logged as they say; not at a reload, which may yet be refused
        board = self._boards.of(layout_of(settings), previous.board if previous else None)
        thresholds = self._thresholds | {tier.name: tier.threshold_seconds for tier in settings.sla.tiers}

        def apply_logging() -> None:
            _log_as(settings)
            self._thresholds, self._objective = thresholds, settings.sla.objective

        outline = Outline(
            settings,
            self._config_path,
            board,
            self._boards.all,
            thresholds,
            self._clock,
            find_endpoints(settings),
            topics,
            streams,
            find_stream_endpoints(settings),
        )
        return Generation(
            number=number,
            rules=fleet_rules(settings),
            min_workers=settings.pool.min_workers,
            max_workers=settings.pool.max_workers,
            board=board,
            boards=self._boards.all,
            worker_main=lambda index: worker_main(outline, index),
            autoscaler_main=lambda target: autoscaler_main(outline, number, target),
            observer_main=lambda: observer_main(outline, self._listener, self._environ),
            apply_logging=apply_logging,
            zygote_main=partial(run_zygote, outline, partial(worker_main, outline)) if settings.pool.preload else None,
            limits={limited_as(source.name): source.limits for source in settings.sources},
            listeners=(self._listener,) if self._listener else (),
        )

    def report(self, generation: Generation, event: str) -> None:
        """Log everything the boards hold."""
        aggregator = Aggregator(generation.boards, threshold_seconds=self._thresholds, objective=self._objective)
        for fields in snapshot_lines(aggregator.snapshot()):
            if event == "stats.final":
                log.info("stats.final", **fields)
            else:
                log.info("stats.snapshot", **fields)


def _log_as(settings: Settings) -> None:
    said = settings.logging
    logs.configure(level=said.level, line_format=said.format, exceptions=said.exceptions)
    logs.identify(process="supervisor")


def layout_of(settings: Settings) -> Layout:
    """The board's layout. It has twice as many rows as workers: each may have a successor while it still drains."""
    return Layout(
        queues=tuple(source.name for source in settings.sources),
        tiers=tuple(tier.name for tier in settings.sla.tiers),
        handler_slots=settings.pool.slots + settings.pool.coroutines,
        workers=2 * settings.pool.max_workers,
        batch_size=max(source.batch_size for source in settings.sources),
        coroutines=settings.pool.coroutines,
    )


def fleet_rules(settings: Settings) -> FleetRules:
    """What supervision needs of the settings."""
    pool: PoolSettings = settings.pool
    longest_wait_seconds = max(source.longest_poll_seconds for source in settings.sources)
    return FleetRules(
        drain_timeout_seconds=(
            pool.drain_timeout_seconds + longest_wait_seconds + _STOP_MARGIN_SECONDS + _AFTER_THE_STOP_SECONDS
        ),
        fast_timeout_seconds=_FAST_TIMEOUT_SECONDS + _AFTER_THE_STOP_SECONDS,
        backoff_initial_seconds=pool.backoff_initial_seconds,
        backoff_max_seconds=pool.backoff_max_seconds,
        young_death_seconds=pool.young_death_seconds,
        fatal_after_young_deaths=pool.fatal_after_young_deaths,
        heartbeat_timeout_seconds=pool.heartbeat_timeout_seconds,
    )


def worker_main(outline: Outline, index: int, providers: ProviderChain | None = None) -> ChildMain:
    """What worker ``index`` runs. ``providers`` know the environment as it was before handlers were imported."""
    forked_mono = outline.clock.mono()

    def child_main(channel: ChildEnd) -> int:
        logs.identify(process="worker", worker=index)
        try:
            with handler_output_taken(outline.settings.logging, outline.clock):
                return run_worker(outline, index, channel, forked_mono, providers)
        except outline.configuration_errors as error:
            channel.send(Misconfigured(str(error)))
            return ExitStatus.MISCONFIGURED
        except outline.passing_errors as error:
            log.error("worker.start_failed", error=str(error))  # noqa: TRY400 - its text names the line
            return ExitStatus.NOT_YET
        except Exception as error:  # noqa: BLE001 - raised again where it is a defect
            log.error("worker.start_failed", error=_illness_text(error))  # noqa: TRY400 - no defect of ours
            return ExitStatus.NOT_YET

    return child_main


def autoscaler_main(outline: Outline, number: int, target: int) -> ChildMain:
    """What the autoscaler of generation ``number`` runs, where ``target`` workers were wanted at its start."""

    def child_main(channel: ChildEnd) -> int:
        logs.identify(process="autoscaler")
        try:
            autoscaler: Autoscaler = build_autoscaler(outline, number, channel, target)
            return autoscaler.run()
        except outline.configuration_errors:
            return ExitStatus.MISCONFIGURED  # not logged here: workers use the same addresses, and one reports it
        except outline.passing_errors:
            return ExitStatus.NOT_YET  # likewise
        except Exception as error:  # noqa: BLE001 - raised again where it is a defect
            log.error("autoscaler.failed", error=_illness_text(error))  # noqa: TRY400 - no defect of ours
            return ExitStatus.NOT_YET

    return child_main


def _illness_text(error: Exception) -> str:
    """What the process has run out of. Raises ``error`` again where it is no sign of that: it is a defect then."""
    illness = illness_of(error)
    if illness is None:
        raise error
    return f"this process is {illness.text} [{illness.code}]: {error}"
