"""A client of boto3's that sends to no queue."""

from __future__ import annotations

from typing import Any


class ScriptedClient:
    """Answers each batch with what the script says next: codes of failed entries by index, or an exception."""

    def __init__(self, *script: dict[int, tuple[str, bool]] | Exception) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self._script = list(script)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803, ARG002  # boto3's names
        self.calls.append(Entries)
        step = self._script.pop(0) if self._script else {}
        if isinstance(step, Exception):
            raise step
        failed = [{"Id": str(index), "Code": code, "SenderFault": fault} for index, (code, fault) in step.items()]
        return {"Failed": failed} if failed else {}
