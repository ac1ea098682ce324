"""Forks workers that are the supervisor's children, not the zygote's."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Callable
from typing import NoReturn

from punctuald.process.channel.channel import ChildEnd
from punctuald.process.signals import held_back

from .line import Request, ZygotesEnd

LiveAsWorker = Callable[[Request, ChildEnd, int], NoReturn]
"""The life of a worker, given the pid of the process that forked it, whose end it has to await."""


def serve(line: ZygotesEnd, live: LiveAsWorker) -> NoReturn:
    """Until the supervisor closes the line. Then this process ends without running anything that is registered for an
    exit: that belongs to the workers."""
    for request in line.requests():
        try:
            line.forked(_fork_twice(line, request, live))
        except OSError as error:
            line.failed(error)
        os.close(request.channel)
    os._exit(0)


def _fork_twice(line: ZygotesEnd, request: Request, live: LiveAsWorker) -> int:
    """The pid of the worker, which is the supervisor's child by then.

    The process in between ends at once. Its child then goes to the nearest subreaper, which is the supervisor
    (PR_SET_CHILD_SUBREAPER, prctl(2)): that can wait for it, and the worker can't outlive it. Raises OSError.
    """
    reader, writer = os.pipe()
    try:
        try:
            with held_back():
                between = os.fork()
                if between == 0:
                    os.close(reader)
                    _fork_again(writer, line, request, live)
        finally:
            os.close(writer)
        with contextlib.suppress(ChildProcessError):  # a module that ignores SIGCHLD has it reaped by the kernel
            os.waitpid(between, 0)
        return _worker_of(reader)
    finally:
        os.close(reader)


def _fork_again(writer: int, line: ZygotesEnd, request: Request, live: LiveAsWorker) -> NoReturn:
    between, said = os.getpid(), -errno.ENOMEM
    try:
        said = os.fork()
        if said == 0:
            line.close()
            os.close(writer)
            live(request, ChildEnd(socket.socket(fileno=request.channel)), between)
    except OSError as error:
        said = -(error.errno or errno.ENOMEM)
    finally:
        os.write(writer, str(said).encode())
        os._exit(0)


def _worker_of(reader: int) -> int:
    said = int(os.read(reader, 32) or -errno.ENOMEM)
    if said < 0:
        raise OSError(-said, os.strerror(-said))
    return said
