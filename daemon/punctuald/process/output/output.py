"""Takes over all that handlers write: through `print`, through `logging`, through the descriptors."""

from __future__ import annotations

import atexit
import contextlib
import os
from collections.abc import Iterator

from punctuald.clock import Clock
from punctuald.config import LoggingSettings
from punctuald.delivery.run.current_call import call_ends, current_call
from punctuald.logs.stream import open_stream

from .events import OutputEvents, Sink
from .lines import Lines
from .log_records import take_log_records
from .pipes import OutputPipes
from .raw import RawOutput
from .standard_objects import replace_standard_objects, standard_objects_replaced
from .unwritten import Unwritten

STREAMS = (("stdout", 1), ("stderr", 2))
WARNING_SECONDS = 60.0
"""Between two warnings of lines that are not in the log."""


class HandlerOutput:
    """A worker's. Made before code of the user's is imported; from then on descriptors 1 and 2 are none of ours."""

    def __init__(self, settings: LoggingSettings, clock: Clock) -> None:
        self._sink = _sink(settings, clock)
        self._unwritten = Unwritten()
        self._lines = Lines(self._sink.put, self._sink.longest, call_ends)
        self._pid = os.getpid()
        self._pipes = OutputPipes(self._write_uncalled, self._warn_of_lost, WARNING_SECONDS)
        for stream, descriptor in STREAMS:
            self._pipes.take(stream, descriptor)
        os.register_at_fork(after_in_child=self._forked)
        self._pipes.start()
        replace_standard_objects(self._write, self._unwritten, self._flush)
        if isinstance(self._sink, OutputEvents):
            take_log_records(self._sink.record, settings.level)

    def finish(self) -> None:
        """Write what is begun and what is in the pipes, and say what was left out. To be called at the end, and again
        where more may have come since."""
        if os.getpid() == self._pid:  # else it is a fork of a handler's that ran its parent's exit functions
            self._pipes.finish()
        self._lines.end_all()
        self._warn_of_lost()

    def _warn_of_lost(self) -> None:
        self._sink.warn_of_lost()
        self._unwritten.warn()

    def _write(self, stream: str, data: bytes) -> None:
        self._lines.write(stream, data, current_call.get())

    def _write_uncalled(self, stream: str, data: bytes) -> None:
        self._lines.write(stream, data, None)

    def _flush(self) -> None:
        """Children of handlers flush at their end, and nobody else asks for what they have begun. In the worker a line
        that is printed in pieces, each flushed, is one line nevertheless."""
        if os.getpid() != self._pid:
            self._lines.end_all()

    def _forked(self) -> None:
        self._lines.forget_all()
        self._pipes.leave()


@contextlib.contextmanager
def handler_output_taken(settings: LoggingSettings, clock: Clock) -> Iterator[HandlerOutput]:
    """A worker's life runs within. What exit functions print after it is taken as well.

    Raises OSError and RuntimeError where there is no room for pipes or for a thread.
    """
    output = HandlerOutput(settings, clock)
    atexit.register(output.finish)  # before all of the user's, so it runs after them
    try:
        yield output
    finally:
        output.finish()


@contextlib.contextmanager
def prints_as_events(settings: LoggingSettings, clock: Clock) -> Iterator[None]:
    """While handlers are imported in a process of ours whose descriptors stay as they are."""
    sink = _sink(settings, clock)
    lines = Lines(sink.put, sink.longest, call_ends)
    unwritten = Unwritten()
    with standard_objects_replaced(lambda stream, data: lines.write(stream, data, current_call.get()), unwritten):
        yield
    lines.end_all()
    sink.warn_of_lost()
    unwritten.warn()


def _sink(settings: LoggingSettings, clock: Clock) -> Sink:
    if settings.handler_output == "raw":
        return RawOutput(open_stream(STREAMS[1][1]))
    return OutputEvents(clock, settings.handler_output_lines_per_second)
