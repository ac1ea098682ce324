"""The line between the supervisor and one child: frames both ways, and a lifeline downward.

The supervisor never waits here, neither to read nor to write, and nothing that a child writes or leaves unread makes
it fail. A child that reads the end of file has lost its parent.
"""

from __future__ import annotations

import errno
import os
import select
import socket
from collections.abc import Callable

from punctuald.logs import logger

from .frame_reader import FrameReader
from .frames import Down, Up, decode_down, decode_up, encode
from .outbox import Outbox

log = logger()

READ_BYTES = 1 << 14
"""Read in one turn of the loop: a child that writes without end takes a few milliseconds of each turn, and no more."""
LAST_WORDS_BYTES = 1 << 20
"""Read from a dead child: more than a socket's buffer holds (net.core.wmem_max)."""

_LONGEST_TELL_SECONDS = 10.0
_MAY_PASS = frozenset({errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM})


class ChildEnd:
    """What the child holds. The descriptor is non-blocking, so it suits select.poll and a loop's add_reader alike."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._reader: FrameReader[Down] = FrameReader(decode_down)
        end.settimeout(_LONGEST_TELL_SECONDS)

    def fileno(self) -> int:
        """Readable once there is a frame or the parent is gone: for selectors."""
        return self._end.fileno()

    def send(self, frame: Up) -> None:
        """Send one frame; waits while the parent is busy.

        Raises OSError when the parent is gone or has read nothing for 10 s, and at every later call: a part of a frame
        may have been sent, and a frame sent after it would be garbled.
        """
        try:
            self._end.sendall(encode(frame))
        except TimeoutError:
            self._end.shutdown(socket.SHUT_WR)
            self._end.settimeout(0)  # the next one fails at once, by EPIPE
            raise

    def offer(self, frame: Up) -> bool:
        """Send one frame if the parent has room for it now; says whether it was sent. Never waits, but for
        the rest of a frame that is partly written.

        Raises OSError as `send` does.
        """
        line = encode(frame)
        try:
            sent = os.write(self._end.fileno(), line)  # not by the socket, which would wait its time-out
        except BlockingIOError:
            return False
        if sent < len(line):  # a frame is far smaller than what the kernel takes whole; half of one must not stay there
            self._end.sendall(line[sent:])
        return True

    def read(self) -> tuple[list[Down], bool]:
        """The frames that are here in full, and whether the parent is gone; never waits."""
        refused_before = self._reader.refused
        data = _received(lambda: os.read(self._end.fileno(), READ_BYTES))
        frames = [] if data is None else self._reader.feed(data)
        if self._reader.refused and not refused_before:
            log.warning("channel.frame_refused", error=self._reader.refusal)
        return frames, data == b""

    def close(self) -> None:
        """Hang up."""
        self._end.close()


class ParentEnd:
    """What the supervisor holds."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._reader: FrameReader[Up] = FrameReader(decode_up)
        self._outbox = Outbox()
        self._mute = False  # the child has closed its end: it will send no more
        self._deaf = False  # the child receives no more
        end.settimeout(0)

    def fileno(self) -> int:
        """For selectors."""
        return self._end.fileno()

    @property
    def awaited(self) -> int:
        """What to wait for, as `select.poll` has it; 0 = nothing, and then it must not be waited for at all.

        A descriptor whose other end is closed is always ready: a child that closes its end would otherwise keep the
        supervisor busy until that child exits.
        """
        return (0 if self._mute else select.POLLIN) | (select.POLLOUT if self._outbox else 0)

    @property
    def refused(self) -> int:
        """Lines so far that were no frames."""
        return self._reader.refused

    @property
    def refusal(self) -> str:
        """Why the first line that was refused is no frame."""
        return self._reader.refusal

    @property
    def dropped(self) -> int:
        """Frames that the child did not get because it does not read."""
        return self._outbox.dropped

    def read(self, at_most_bytes: int = READ_BYTES) -> list[Up]:
        """The frames that are here in full. Never waits and never raises; whatever is no frame is counted."""
        data = _received(lambda: self._end.recv(at_most_bytes))
        self._mute = data == b""
        return [] if data is None else self._reader.feed(data)

    def send(self, frame: Down) -> None:
        """Now, or at a later `flush` when the child reads again. Never waits and never raises."""
        if not self._deaf:
            self._outbox.put(frame)
            self.flush()

    def flush(self) -> None:
        """Write what waits, as far as the child takes it. Never waits and never raises."""
        try:
            self._outbox.write_to(self._end)
        except OSError as error:
            if error.errno not in _MAY_PASS:  # EPIPE, ECONNRESET: the child is gone, or will be reaped in a moment
                self._deaf = True
                self._outbox.clear()

    def close(self) -> None:
        """Hang up: the child sees its lifeline cut."""
        self._end.close()


def _received(receive: Callable[[], bytes]) -> bytes | None:
    """None = nothing now; empty = nothing any more (ECONNRESET: the other side ended with frames of ours unread)."""
    try:
        return receive()
    except BlockingIOError:
        return None
    except OSError:
        return b""


def open_channel() -> tuple[ParentEnd, ChildEnd]:
    """Both ends, before the fork; each side then closes the other's. Raises OSError where there are no descriptors."""
    parent, child = socket.socketpair()
    return ParentEnd(parent), ChildEnd(child)
