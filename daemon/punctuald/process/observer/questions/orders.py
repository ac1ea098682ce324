"""Passes orders on to the supervisor, and its answers back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from punctuald.clock import Clock
from punctuald.process.channel.frames import Up
from punctuald.process.channel.operator_frames import MOST_WORKERS, Answered, Order, Verb
from punctuald.process.control.server import Answerer, Reply

ANSWER_SECONDS = 10.0
"""The supervisor answers in a moment; a reload reads the configuration first."""

_LONGEST_NAME = 512


class Channel(Protocol):
    """See `ChildEnd`."""

    def offer(self, frame: Up) -> bool:
        """Whether the supervisor has room for it. Raises OSError where it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    reply: Reply
    until_mono: float


class Orders:
    """Numbers them, so that each answer finds who asked."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._number = 0
        self._waiting: dict[int, _Waiting] = {}

    @property
    def answerers(self) -> Mapping[str, Answerer]:
        """By verb."""
        return {verb.value: partial(self._pass_on, verb) for verb in Verb}

    def answered(self, answer: Answered) -> None:
        """The supervisor says what became of an order."""
        waiting = self._waiting.pop(answer.number, None)
        if waiting is None:
            return  # it came too late
        if answer.done:
            waiting.reply.answer({"text": answer.text})
        else:
            waiting.reply.refuse(answer.text)

    def look(self) -> None:
        """Call it each second or so: who has waited too long hears of it."""
        now_mono = self._clock.mono()
        for number in [number for number, waiting in self._waiting.items() if now_mono >= waiting.until_mono]:
            waiting = self._waiting.pop(number)
            waiting.reply.refuse(f"the supervisor has not answered within {ANSWER_SECONDS:g} s; it may still do it")

    def _pass_on(self, verb: Verb, arguments: Mapping[str, Any], reply: Reply) -> None:
        wrong = _CHECKS.get(verb, _nothing)(arguments)
        if wrong:
            reply.refuse(wrong)
            return
        self._number += 1
        order = Order(self._number, verb, arguments.get("workers"), arguments.get("queue"))
        if self._offered(order):
            self._waiting[order.number] = _Waiting(reply, self._clock.mono() + ANSWER_SECONDS)
        else:
            reply.refuse("the supervisor takes no orders just now: try again")

    def _offered(self, order: Order) -> bool:
        try:
            return self._channel.offer(order)
        except OSError:  # the supervisor is gone, and the observer is about to notice
            return False


def _workers(arguments: Mapping[str, Any]) -> str:
    workers = arguments.get("workers", "")
    if workers is not None and (type(workers) is not int or not 0 <= workers <= MOST_WORKERS):  # a bool is an int, too
        return f"workers: must be a whole number from 0 to {MOST_WORKERS}, or null for what the autoscaler says"
    return _unknown(arguments, {"workers"})


def _queue(arguments: Mapping[str, Any]) -> str:
    queue = arguments.get("queue")
    if queue is not None and not (isinstance(queue, str) and 0 < len(queue) <= _LONGEST_NAME):
        return "queue: must be a queue's name, or null for all"
    return _unknown(arguments, {"queue"})


def _nothing(arguments: Mapping[str, Any]) -> str:
    return _unknown(arguments, set())


def _unknown(arguments: Mapping[str, Any], known: set[str]) -> str:
    unknown = sorted(arguments.keys() - known)
    return f"{unknown[0][:40]}: nothing of that name is known here" if unknown else ""


_CHECKS: Mapping[Verb, Callable[[Mapping[str, Any]], str]] = {
    Verb.SCALE: _workers,
    Verb.PAUSE: _queue,
    Verb.RESUME: _queue,
}
