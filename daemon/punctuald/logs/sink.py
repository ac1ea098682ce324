"""The end of all lines of a process: a stream, and a word about those that it did not take."""

from __future__ import annotations

import logging

from structlog.typing import Processor

from .logger import Output, logger_of
from .stream import Stream


class Sink:
    """Puts lines into ``stream``; ``processors`` make the line that tells of those that were dropped."""

    def __init__(self, stream: Stream, processors: list[Processor]) -> None:
        self.stream = stream
        self._log = logger_of(Output(logging.WARNING, processors, stream.put))

    def put(self, line: bytes) -> None:
        """Never waits and never raises."""
        if self.stream.dropped:
            dropped, error = self.stream.take_dropped()
            self._log.warning("log.lines_dropped", lines=dropped, error=error)
            if self.stream.dropped:  # by this line: the one that we were given is not tried, and counted in its place
                self.stream.dropped += dropped
                return
        self.stream.put(line)
