"""Builds the observer, in its own process. It needs no source, so none is imported for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from punctuald import logs
from punctuald.config import SourceSettings
from punctuald.policy.delivery.downstream import agreed
from punctuald.policy.sla.windows import SlaRules
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.control.listener import ControlListener
from punctuald.process.control.server import ControlServer
from punctuald.process.niceness import give_way
from punctuald.process.observer.change_command import ChangeCommand
from punctuald.process.observer.interval_history import IntervalHistory
from punctuald.process.observer.interval_log import IntervalLog
from punctuald.process.observer.observer import Observer
from punctuald.process.observer.questions.answers import Answers
from punctuald.process.observer.sensors import Sensors
from punctuald.process.observer.sla_watch import SlaWatch
from punctuald.process.observer.status.decision_history import DecisionHistory
from punctuald.process.observer.status.document import Facts, StatusDocument
from punctuald.process.observer.status.queues import QueueLimits
from punctuald.process.supervisor.generation import ChildMain
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.downstream.rows import DownstreamRows
from punctuald.stats.figures.interval_reader import IntervalReader
from punctuald.stats.figures.intervals import Interval

from .http.page import build_page
from .http.site import build_http
from .outline import Outline
from .readiness import Readiness

NICE = 10
"""Who reports leaves the processor to those who work."""


def observer_main(outline: Outline, listener: ControlListener | None, environ: Mapping[str, str]) -> ChildMain:
    """What the observer of one generation runs; it dies of what is a defect, and is started again."""

    def child_main(channel: ChildEnd) -> int:
        logs.identify(process="observer")
        give_way(NICE)
        if listener is not None:
            listener.keep_socket_only()
        return build_observer(outline, channel, listener, environ).run()

    return child_main


def build_observer(
    outline: Outline, channel: ChildEnd, listener: ControlListener | None, environ: Mapping[str, str]
) -> Observer:
    """Over all boards that there are. ``listener`` None: it has no control socket."""
    settings, clock, words = outline.settings, outline.clock, outline.board.tables.observer_words
    is_anew = words.interval_end_mono is not None
    begun_mono = words.interval_begins(clock.mono())
    sensors, decisions = _sensors(outline), DecisionHistory(clock)
    status = _status(outline, decisions, begun_mono)

    history = IntervalHistory(status.read, clock, begun_mono)

    def reported(interval: Interval) -> None:
        sensors.reported(interval)
        status.reported(interval)
        if settings.web.listen:
            history.reported(interval)

    command = ChangeCommand(_resolved(settings.sla.on_change, outline.config_path), environ, clock)
    intervals = _interval_log(outline, reported)
    sla = _sla_watch(outline, sensors, command)
    readiness = Readiness(outline)
    status.follow(lambda: sla.steps)
    answers = Answers(status, decisions, readiness.document, channel, clock)
    return Observer(
        intervals=intervals,
        sla=sla,
        command=command,
        answers=answers,
        server=None if listener is None else ControlServer(listener.socket, answers.answerers, clock),
        http=build_http(outline, readiness, status.read),
        page=build_page(outline, status.read, history, decisions, is_anew=is_anew),
        stats=outline.board.writer(outline.board.layout.observer),
        channel=channel,
        clock=clock,
    )


def _interval_log(outline: Outline, on_reported: Callable[[Interval], None]) -> IntervalLog:
    return IntervalLog(
        IntervalReader(outline.boards, threshold_seconds=outline.threshold_seconds),
        interval_seconds=outline.settings.logging.interval_seconds,
        words=outline.board.tables.observer_words,
        clock=outline.clock,
        on_reported=on_reported,
    )


def _sla_watch(outline: Outline, sensors: Sensors, command: ChangeCommand) -> SlaWatch:
    return SlaWatch(
        sensors,
        threshold_seconds=outline.threshold_seconds,
        rules=_rules(outline),
        words=outline.board.tables.observer_words,
        looks=outline.board.tables.looks,
        clock=outline.clock,
        on_change=command.put,
    )


def _sensors(outline: Outline) -> Sensors:
    settings, clock, downstreams = outline.settings, outline.clock, DownstreamRows(outline.boards)
    names = [queue.name for queue in settings.sources]
    queues = dict(zip(names, settings.sources, strict=True))

    def tier_of(queue: str, age_seconds: float) -> tuple[str, float]:
        pinned = _pinned(outline, queues.get(queue))
        tier = outline.calendar.tiers[outline.calendar.tier_at(clock.utc() - age_seconds) if pinned is None else pinned]
        return tier.name, tier.threshold_seconds

    return Sensors(
        IntervalReader(outline.boards, threshold_seconds=outline.threshold_seconds),
        tiers=outline.threshold_seconds,
        tier_of=tier_of,
        downs=lambda: [name for name in names if agreed(downstreams.reports(name)).is_down],
        alone=settings.scaling.hosts == 1,
        max_workers=settings.pool.max_workers,
        clock=clock,
    )


def _pinned(outline: Outline, queue: SourceSettings | None) -> int | None:
    return None if queue is None else outline.tier_index(queue)


def _status(outline: Outline, decisions: DecisionHistory, begun_mono: float) -> StatusDocument:
    settings, clock, downstreams = outline.settings, outline.clock, DownstreamRows(outline.boards)
    queues = tuple(queue.name for queue in settings.sources)
    limits = {queue.name: QueueLimits(*queue.limits, queue.weight) for queue in settings.sources}
    facts = Facts(
        config=str(outline.config_path),
        thresholds={tier.name: tier.threshold_seconds for tier in settings.sla.tiers},
        rules=_rules(outline),
        queues=queues,
        limits=limits.__getitem__,
        downs=lambda: [name for name in queues if agreed(downstreams.reports(name)).is_down],
    )
    return StatusDocument(
        facts,
        ActiveRows(outline.boards, lambda view: view),
        IntervalReader(outline.boards, threshold_seconds=outline.threshold_seconds),
        decisions,
        clock,
        begun_mono,
    )


def _rules(outline: Outline) -> SlaRules:
    settings = outline.settings.sla
    return SlaRules(
        objective=settings.objective,
        fast_window_seconds=settings.fast_window_seconds,
        slow_window_seconds=settings.slow_window_seconds,
        restore_seconds=settings.restore_seconds,
    )


def _resolved(command: tuple[str, ...], config_path: Path) -> tuple[str, ...]:
    """A program that is given as a relative path is looked for beside the configuration file, a bare name in PATH."""
    if not command or os.sep not in command[0]:
        return command
    return (str(config_path.parent / command[0]), *command[1:])
