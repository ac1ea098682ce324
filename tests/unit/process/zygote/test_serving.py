"""A zygote forks workers, and outlives forks that fail."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from punctuald.process.channel.channel import ChildEnd
from punctuald.process.zygote.line import Request, ZygotesEnd
from punctuald.process.zygote.serving import serve

REQUESTS = 5


class Ended(BaseException):
    """In place of the end of the process."""


class Line(ZygotesEnd):
    """Some requests, and what they came to."""

    def __init__(self) -> None:
        self.ours, its = socket.socketpair()
        super().__init__(its)
        self.failures: list[int | None] = []

    def requests(self) -> Iterator[Request]:
        for index in range(REQUESTS):
            yield Request(f"w{index}", index, os.open(os.devnull, os.O_RDWR))

    def failed(self, error: OSError) -> None:
        self.failures.append(error.errno)


def no_room() -> int:
    raise OSError(errno.EAGAIN, "simulated")


def end(_status: int) -> NoReturn:
    raise Ended


def never(_request: Request, _channel: ChildEnd, _forked_by: int) -> NoReturn:
    raise AssertionError("a worker without a fork")


def test_forks_that_fail_are_answered_and_leave_no_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", no_room)
    monkeypatch.setattr(os, "_exit", end)
    line = Line()
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(Ended):
        serve(line, never)
    assert line.failures == [errno.EAGAIN] * REQUESTS
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    line.close()
    line.ours.close()
