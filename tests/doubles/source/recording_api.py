"""An SQS that answers what a test says, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RecordingApi:
    """An `SqsApi` that notes what it is asked; ``answers`` are by operation, an exception is raised. A list
    has one for each call."""

    region = "eu-west-1"
    endpoint_url = "https://sqs"

    def __init__(self, **answers: Any) -> None:
        self.calls: list[tuple[str, dict[str, Any], float]] = []
        self.closed = 0
        self._answers = {"GetQueueUrl": {"QueueUrl": "https://sqs/found"}, **answers}

    async def call(self, operation: str, parameters: Mapping[str, Any], wait_seconds: float = 0) -> dict[str, Any]:
        self.calls.append((operation, dict(parameters), wait_seconds))
        answer = self._answers.get(operation, {})
        if isinstance(answer, list):  # one after the other, the last one for ever
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    async def close(self) -> None:
        self.closed += 1

    def asked(self, operation: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters, _ in self.calls if name == operation]
