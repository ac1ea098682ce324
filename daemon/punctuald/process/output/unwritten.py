"""Lines of handlers that failed while they were written, before any sink could take or count them."""

from __future__ import annotations

from punctuald.logs import logger

log = logger()


class Unwritten:
    """A process's. Whoever catches a failure adds to ``lines`` itself and calls nothing: a handler that prints at the
    end of its recursion has no room for a call."""

    def __init__(self) -> None:
        self.lines = 0

    def warn(self) -> None:
        """A warning with their number since the last one, if there were any."""
        lines, self.lines = self.lines, 0
        if lines:
            log.warning("handler.output_suppressed", lines=lines, reason="could not be written")
