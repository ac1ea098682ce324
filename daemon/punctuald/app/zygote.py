"""Builds a zygote, in its own process: handlers are imported there, and workers forked that have them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

from punctuald import logs
from punctuald.errors import ConfigurationError, HandlerUnavailable
from punctuald.policy.pool.standstill import nothing_lost
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.ending.open_files import remember_open_files
from punctuald.process.output.output import prints_as_events
from punctuald.process.supervisor.children import freeze_for_forks, live_as_adopted
from punctuald.process.supervisor.generation import ChildMain
from punctuald.process.worker.event_loop import let_signals_in
from punctuald.process.zygote.at_import import watched_import
from punctuald.process.zygote.line import Request, ZygotesEnd
from punctuald.process.zygote.serving import serve
from punctuald.source.aws.credentials.chain import ProviderChain

from .handlers import load_one
from .outline import Outline

log = logs.logger()


def run_zygote(outline: Outline, worker_main: Callable[[int, ProviderChain], ChildMain], line: ZygotesEnd) -> NoReturn:
    """Import what the queues' handlers are in, then fork a worker for each request."""
    supervisor_pid = os.getppid()
    logs.identify(process="zygote")
    os.dup2(2, 1)  # what programs write that a module starts must not land among our lines
    let_signals_in()
    providers = ProviderChain()
    providers.keep_environment()
    with prints_as_events(outline.settings.logging, outline.clock):
        _import_handlers(outline)
    remember_open_files()
    freeze_for_forks()
    line.say_ready(supervisor_pid)

    def live(request: Request, channel: ChildEnd, forked_by: int) -> NoReturn:
        main = worker_main(request.index, providers)
        live_as_adopted(request.name, main, channel, supervisor_pid, forked_by)

    serve(line, live)


def _import_handlers(outline: Outline) -> None:
    for number, queue in enumerate(outline.settings.sources):
        with watched_import(queue.handler.partition(":")[0]):
            try:
                load_one(outline, number, queue, nothing_lost)
            except (ConfigurationError, HandlerUnavailable) as error:  # each worker tries for itself, and says so
                log.warning("handler.not_preloaded", queue=queue.name, error=str(error))
