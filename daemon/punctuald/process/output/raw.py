"""What handlers print as it is, on the daemon's own stderr."""

from __future__ import annotations

from punctuald.delivery.run.current_call import Call
from punctuald.logs import LINE_BYTES, logger
from punctuald.logs.stream import Stream

log = logger()


class RawOutput:
    """Whole lines, which wait for nobody: what ``stream`` does not take is lost, and counted."""

    longest = LINE_BYTES - 1

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def put(self, _stream: str, line: bytes, _call: Call | None) -> None:
        """See `Sink.put`."""
        self._stream.put(line + b"\n")

    def warn_of_lost(self) -> None:
        """See `Sink.warn_of_lost`."""
        lines, error = self._stream.take_dropped()
        if lines:
            log.warning("handler.output_suppressed", lines=lines, reason=error)
