"""All that can be asked at the control socket, by verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from punctuald.clock import Clock
from punctuald.process.channel.operator_frames import Answered, Explained, PoolState
from punctuald.process.control.server import Answerer, Reply
from punctuald.process.observer.status.decision_history import DecisionHistory
from punctuald.process.observer.status.document import StatusDocument

from .dump import Dump
from .orders import Channel, Orders
from .why import Why

_DUMP_LOOK_SECONDS = 0.02


class Answers:
    """``ready`` says whether enough workers take messages, and how many do."""

    def __init__(
        self,
        status: StatusDocument,
        decisions: DecisionHistory,
        ready: Callable[[], Mapping[str, object]],
        channel: Channel,
        clock: Clock,
    ) -> None:
        self._status = status
        self._decisions = decisions
        self._ready = ready
        self._orders = Orders(channel, clock)
        self._dump = Dump(status.workers_now, clock)
        self._why = Why(decisions, status.read)

    @property
    def answerers(self) -> Mapping[str, Answerer]:
        """By verb."""
        return {
            "ready": _at_once(self._ready),
            "status": _at_once(self._status.read),
            "why": self._why.answer,
            "dump": self._dump.answer,
            **self._orders.answerers,
        }

    def hear(self, frame: PoolState | Explained | Answered) -> None:
        """From the supervisor."""
        match frame:
            case PoolState():
                self._status.pool_is(frame)
            case Explained():
                self._decisions.add(frame)
            case Answered():
                self._orders.answered(frame)

    def look(self) -> None:
        """Answer what can be answered by now."""
        self._status.look()
        self._orders.look()
        self._dump.look()

    @property
    def seconds_to_next(self) -> float:
        """Until `look` may have something to do."""
        return _DUMP_LOOK_SECONDS if self._dump.is_running else inf


def _at_once(answer: Callable[[], Mapping[str, Any]]) -> Answerer:
    def answerer(arguments: Mapping[str, Any], reply: Reply) -> None:
        if arguments:
            reply.refuse("takes nothing else")
        else:
            reply.answer(answer())

    return answerer
