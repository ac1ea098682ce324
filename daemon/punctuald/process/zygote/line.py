"""The line between the supervisor and a zygote: one packet a request, with a descriptor, and one an answer."""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import socket
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ANSWER_SECONDS = 2.0
"""A fork takes milliseconds. A zygote that does not answer for so long is given up: others are to be served."""
_PACKET_BYTES = 1 << 12


class LineLost(Exception):
    """There is no zygote at the other end any more, or none that answers."""


class NoAnswer(OSError):
    """It was asked, and may have forked a worker of which nobody knows the pid: that finds its channel closed."""


@dataclass(frozen=True, slots=True)
class Request:
    """Fork worker ``index`` under that process name, with ``channel`` as its descriptor to the supervisor."""

    name: str
    index: int
    channel: int


class SupervisorsEnd:
    """Never waits, but for the answer to a request."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self.is_cut = False
        """The other end is closed: it is gone, or as good as that."""
        end.settimeout(0)

    def heard_ready(self) -> bool:
        """Whether it said just now that its imports are done. Raises `LineLost`."""
        return bool(self._packet() == {"ready": True})

    def ask(self, name: str, index: int, channel: int) -> int:
        """Have it fork a worker, and return the pid.

        Raises the OSError that the fork raised; `LineLost` where it was not asked, because it is gone; and
        `NoAnswer` where nobody knows what became of the request.
        """
        request = json.dumps({"name": name, "index": index}).encode()
        try:
            self._end.sendmsg([request], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [channel]))])
        except OSError as error:
            raise LineLost(str(error)) from error
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        if not poll.poll(ANSWER_SECONDS * 1000):
            raise NoAnswer(errno.ETIMEDOUT, f"it did not answer for {ANSWER_SECONDS:g} s")
        match self._answer():
            case {"pid": int(pid)} if pid > 0:
                return pid
            case {"errno": int(number)}:
                raise OSError(number, os.strerror(number))
            case packet:
                raise NoAnswer(errno.EBADMSG, f"it answered something else: {packet!r:.100}")

    def close(self) -> None:
        """In this process."""
        self._end.close()

    def _answer(self) -> Any:
        try:
            return self._packet()
        except LineLost as lost:
            raise NoAnswer(errno.EPIPE, str(lost)) from lost

    def _packet(self) -> Any:
        """None where there is none just now."""
        try:
            data = self._end.recv(_PACKET_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            raise LineLost(str(error)) from error
        if not data:
            self.is_cut = True
            raise LineLost("it ended")
        try:
            return json.loads(data)
        except ValueError as error:
            raise LineLost("it wrote something that is no answer") from error


class ZygotesEnd:
    """What the zygote holds, and for a moment whoever it forks."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def say_ready(self, supervisor_pid: int) -> None:
        """The imports are done. The signal only wakes the supervisor, as the end of a child does."""
        self._send({"ready": True})
        os.kill(supervisor_pid, signal.SIGCHLD)

    def requests(self) -> Iterator[Request]:
        """One after the other, until the supervisor closes the line or is gone."""
        while True:
            data, ancillary, _, _ = self._end.recvmsg(_PACKET_BYTES, socket.CMSG_SPACE(array("i").itemsize))
            if not data:
                return
            channels = array("i")
            for _, _, descriptors in ancillary:
                channels.frombytes(descriptors)
            yield Request(**json.loads(data), channel=channels[0])

    def forked(self, pid: int) -> None:
        """This is the worker that was asked for."""
        self._send({"pid": pid})

    def failed(self, error: OSError) -> None:
        """There is no room for one more process."""
        self._send({"errno": error.errno})

    def close(self) -> None:
        """In this process."""
        self._end.close()

    def _send(self, packet: Any) -> None:
        self._end.send(json.dumps(packet).encode())


def open_line() -> tuple[SupervisorsEnd, ZygotesEnd]:
    """Before the zygote is forked. Raises OSError where there are no descriptors."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return SupervisorsEnd(ours), ZygotesEnd(its)
