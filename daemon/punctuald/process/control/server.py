"""Answers those who connect to the control socket, from one loop that nobody can hold up."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable, Mapping
from math import inf
from typing import Any, Protocol

from punctuald.clock import Clock
from punctuald.logs import logger

from .connection import PATIENCE_SECONDS, Connection
from .protocol import QuestionError, read_question

log = logger()

MOST_CLIENTS = 16
"""Who comes while so many are there waits in the kernel's line, until one of them is done or has had us wait long."""

_REST_SECONDS = 1.0  # where no descriptor is left for one more client


class Reply(Protocol):
    """Where the answer goes, at once or later. The first one counts."""

    def answer(self, answer: Mapping[str, object]) -> None:
        """The answer."""
        ...

    def refuse(self, text: str) -> None:
        """Why there is none: a sentence for a person."""
        ...


Answerer = Callable[[Mapping[str, Any], Reply], None]
"""Answers one kind of question; it is given what was said with the verb, which may be anything."""


class ControlServer:
    """``answerers`` are the verbs that are known. Never waits."""

    def __init__(self, listening: socket.socket, answerers: Mapping[str, Answerer], clock: Clock) -> None:
        self._listening = listening
        self._answerers = answerers
        self._clock = clock
        self._clients: dict[int, Connection] = {}
        self._rests_until_mono = 0.0

    @property
    def owes(self) -> bool:
        """Whether anybody has asked and has not been answered to the end."""
        return any(client.asked is not None and not client.is_answered for client in self._clients.values())

    def let_nobody_in(self) -> None:
        """From now on: who comes waits in line for the next observer."""
        self._rests_until_mono = inf

    def awaited(self) -> Mapping[int, int]:
        """What to wait for: events as `select.poll` has them, by descriptor."""
        awaited = {number: client.awaited for number, client in self._clients.items()}
        has_room = len(self._clients) < MOST_CLIENTS or self._slowest() is not None
        if has_room and self._clock.mono() >= self._rests_until_mono:
            awaited[self._listening.fileno()] = select.POLLIN
        return awaited

    def serve(self, found: Mapping[int, int]) -> None:
        """``found``: what `select.poll` found, of any descriptors."""
        now_mono = self._clock.mono()
        if found.get(self._listening.fileno(), 0) & select.POLLIN:
            self._make_room()
            self._accept(now_mono)
        for number, client in list(self._clients.items()):
            if number in found:
                self._go_on(client, found[number])
            if client.is_over or now_mono >= client.until_mono:
                del self._clients[number]
                client.hang_up()

    def close(self) -> None:
        """Hang up on everybody. The listening socket is the supervisor's too, and stays."""
        for client in self._clients.values():
            client.hang_up()
        self._clients.clear()

    def _slowest(self) -> Connection | None:
        """The client that has had us wait longest, if any has for too long."""
        slowest = max(self._clients.values(), key=lambda client: client.waited_seconds, default=None)
        return slowest if slowest is not None and slowest.waited_seconds >= PATIENCE_SECONDS else None

    def _make_room(self) -> None:
        slowest = self._slowest() if len(self._clients) >= MOST_CLIENTS else None
        if slowest is not None:
            del self._clients[slowest.fileno()]
            slowest.hang_up()

    def _accept(self, now_mono: float) -> None:
        try:
            connected, _ = self._listening.accept()
        except OSError as error:  # BlockingIOError and ECONNABORTED: whoever it was is gone again
            if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                self._rests_until_mono = now_mono + _REST_SECONDS
            return
        self._clients[connected.fileno()] = Connection(connected, self._clock)

    def _go_on(self, client: Connection, events: int) -> None:
        if client.awaited & select.POLLOUT:
            client.write()
        elif client.awaited & select.POLLIN:
            has_asked = client.asked is not None
            client.read()
            if client.asked is not None and not has_asked:
                self._pass_on(client.asked, client)
        elif events & (select.POLLHUP | select.POLLERR):  # it waits no more for its answer
            client.is_over = True

    def _pass_on(self, line: bytes, client: Connection) -> None:
        try:
            question = read_question(line)
        except QuestionError as error:
            client.refuse(str(error))
            return
        answerer = self._answerers.get(question.verb)
        if answerer is None:
            client.refuse(f"verb: unknown; known are: {', '.join(self._answerers)}")
            return
        try:
            answerer(question.arguments, client)
        except Exception as error:  # a defect of one verb must cost no other client its answer
            log.exception("control.failed", verb=question.verb)
            client.refuse(f"a defect of punctuald: {type(error).__name__}; the log has more")
