"""One request's way through the server: a fault is drawn, the call is carried out, and the answer goes back or not."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable

import orjson

from chaos.ledger.events import Kind, QueueEvent
from chaos.sqs.faults import BEFORE_THE_EFFECT, Fault, FaultPlan, Rule
from chaos.sqs.http import HttpConnection
from chaos.sqs.operations import Call, Operations, Parameters
from chaos.sqs.queue import Queue
from chaos.sqs.registry import QueueRegistry
from chaos.sqs.stored import Refused

ENTRY_FAULTS = frozenset({Fault.FAILED_ENTRIES, Fault.EXPIRED_HANDLES})
SECOND_DELIVERY_SECONDS = 0.5
"""A message is delivered twice within so long: while it is in flight, or just after it was deleted."""

REFUSALS = {
    Fault.ERROR_500: (500, "InternalError", "Receiver"),
    Fault.ERROR_503: (503, "ServiceUnavailable", "Receiver"),
    Fault.THROTTLE: (400, "RequestThrottled", "Sender"),
}


class Service:
    """Serves requests. ``latency_seconds`` is added to each."""

    def __init__(
        self, registry: QueueRegistry, operations: Operations, plan: FaultPlan, latency_seconds: float
    ) -> None:
        self._registry = registry
        self._operations = operations
        self.plan = plan
        self.latency_seconds = latency_seconds
        self.calls: Counter[str] = Counter()

    async def serve(self, connection: HttpConnection, operation: str, body: bytes) -> None:
        """See `http.Serve`."""
        self.calls[operation] += 1
        call = Call(operation, Parameters(orjson.loads(body or b"{}")), connection.pid)
        rule = self.plan.draw(operation, time.monotonic())
        await asyncio.sleep(self.latency_seconds + (rule.seconds if rule and rule.fault is Fault.DELAY else 0.0))
        if rule is None:
            return await self._carry_out(connection, call)
        if rule.fault in BEFORE_THE_EFFECT and rule.fault not in ENTRY_FAULTS:
            self._note(call, rule, self._named(call))
            return _refuse(connection, rule.fault)
        if rule.fault in ENTRY_FAULTS:
            call.spoil_entry = lambda queue, handle: self._spoil(call, rule, queue, handle)
        return await self._carry_out(connection, call, rule)

    async def _carry_out(self, connection: HttpConnection, call: Call, rule: Rule | None = None) -> None:
        named = self._named(call)  # now: a deletion leaves nothing behind to ask for the name
        try:
            answer = await self._operations.perform(call)
        except Refused as refused:
            return _say_no(connection, 400, refused.code, "Sender", refused.text)
        if connection.closed:
            self._note_abandoned(call)
        if rule is not None and rule.fault not in ENTRY_FAULTS:
            received = [message.id for message in call.received]
            self._note(call, rule, received if rule.fault is Fault.DOUBLE else named + received)
        return self._answer(connection, call, orjson.dumps(answer), rule)

    def _answer(self, connection: HttpConnection, call: Call, body: bytes, rule: Rule | None) -> None:
        match rule.fault if rule else None:
            case Fault.TRUNCATE:
                connection.truncate(body)
            case Fault.RESET_AFTER:
                connection.reset()
            case Fault.SILENT:
                connection.go_silent()
            case Fault.DOUBLE if rule is not None:
                connection.answer(200, body)
                self._double(call, rule)
            case _:
                connection.answer(200, body)

    def _double(self, call: Call, rule: Rule) -> None:
        served = self._registry.find(call.queue_name)
        for message in call.received:
            if not served.queue.settings.fifo and self.plan.strikes_entry(rule):
                after_seconds = self.plan.random.uniform(0, SECOND_DELIVERY_SECONDS)
                served.queue.double(message, time.monotonic(), after_seconds)
        served.polls.wake()

    def _spoil(self, call: Call, rule: Rule, queue: Queue, handle: str) -> None:
        if not self.plan.strikes_entry(rule):
            return
        self._note(call, rule, queue.names([handle]))
        if rule.fault is Fault.EXPIRED_HANDLES:
            queue.expire(handle, time.monotonic())
            raise Refused("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
        raise Refused("InternalError", "We encountered an internal error. Please try again.", sender_fault=False)

    def _named(self, call: Call) -> list[str]:
        """The messages that a call names."""
        return self._registry.find(call.queue_name).queue.names(call.handles) if call.handles else []

    def _note(self, call: Call, rule: Rule, message_ids: Iterable[str]) -> None:
        """One line for each message, one without a message where there is none."""
        for message_id in list(message_ids) or [""]:
            self._record_event(Kind.FAULTED, call, message_id, detail=rule.fault)

    def _note_abandoned(self, call: Call) -> None:
        for message in call.received:
            self._record_event(Kind.ABANDONED, call, message.id, handle=message.handle)

    def _record_event(self, kind: Kind, call: Call, message_id: str, *, detail: str = "", handle: str = "") -> None:
        self._registry.record(
            QueueEvent(
                time.monotonic(),
                kind,
                call.queue_name,
                message_id,
                handle=handle,
                pid=call.pid,
                operation=call.operation,
                detail=detail,
            )
        )


def _refuse(connection: HttpConnection, fault: Fault) -> None:
    if fault is Fault.DROP:
        connection.go_silent()
    elif fault is Fault.RESET_BEFORE:
        connection.reset()
    else:
        status, code, whose = REFUSALS[fault]
        _say_no(connection, status, code, whose, "A fault, on purpose.")


def _say_no(connection: HttpConnection, status: int, code: str, whose: str, text: str) -> None:
    """As SQS refuses: the code in the body, and by its old name in a header."""
    body = orjson.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": text})
    connection.answer(status, body, f"x-amzn-query-error: {code};{whose}\r\n")
