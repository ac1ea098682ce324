"""The messages of one queue's receives: what can't be read is let lie, and what a server leaves out is said once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from punctuald.logs import logger
from punctuald.logs.limited import LimitedLog
from punctuald.model import Message

from .answers import UnreadableField, optional_text_in
from .message import is_damaged, read_message, read_usual

ONE_GROUP = "punctuald.whole-queue"
"""The group of everything in a FIFO queue whose server does not name groups: slow, and never out of order."""

log = logger()


class ReceivedMessages:
    """Remembers of one queue what its server was found to leave out. ``label`` is what the log calls it.
    ``deduplicated``: the ids that a FIFO queue tells copies by were asked for."""

    def __init__(self, queue: str, label: str, limited: LimitedLog, *, deduplicated: bool = False) -> None:
        self._deduplicated = deduplicated
        self._limited = limited
        self._queue = queue
        self._label = label
        self._left_out: set[str] = set()

    def read(self, wires: Sequence[Any], received_utc: float, *, ordered: bool) -> list[Message]:
        """Those of a ReceiveMessage answer that can be read. One that can't be, or whose body is not the one that was
        sent, is let lie: its next delivery may be whole."""
        self._look_for_left_out(wires, ordered=ordered)
        one_group = ONE_GROUP if ordered and "MessageGroupId" in self._left_out else None
        messages: list[Message] = []
        for wire in wires:
            message = read_usual(
                wire,
                self._queue,
                received_utc,
                ordered=ordered,
                one_group=one_group,
                deduplicated=self._deduplicated,
            )
            if message is None:
                message = self._read_carefully(wire, received_utc, ordered=ordered, one_group=one_group)
            if message is not None:
                messages.append(message)
        return messages

    def _read_carefully(
        self, wire: Any, received_utc: float, *, ordered: bool, one_group: str | None
    ) -> Message | None:
        try:
            if not is_damaged(wire):
                return read_message(
                    wire,
                    self._queue,
                    received_utc,
                    ordered=ordered,
                    one_group=one_group,
                    deduplicated=self._deduplicated,
                )
        except UnreadableField as error:
            self._limited.warning(
                "source.message_unreadable", queue=self._label, message_id=_id_of(wire), field=str(error)
            )
        else:
            self._limited.warning("source.body_damaged", queue=self._label, message_id=_id_of(wire))
        return None

    def _look_for_left_out(self, wires: Sequence[Any], *, ordered: bool) -> None:
        """SentTimestamp where none has it, MessageGroupId where one of a FIFO queue has it not."""
        left_out: set[str] = set()
        if wires and not any(_system_of(wire).get("SentTimestamp") for wire in wires):
            left_out.add("SentTimestamp")
        if ordered and any(optional_text_in(_system_of(wire), "MessageGroupId") is None for wire in wires):
            left_out.add("MessageGroupId")
        if left_out - self._left_out:
            self._left_out |= left_out
            log.warning("source.attributes_left_out", queue=self._label, attributes=sorted(left_out))


def _system_of(wire: Any) -> dict[str, Any]:
    system = wire.get("Attributes") if isinstance(wire, dict) else None
    return system if isinstance(system, dict) else {}


def _id_of(wire: Any) -> str:
    return (optional_text_in(wire, "MessageId") or "") if isinstance(wire, dict) else ""
