"""One queue of the chaos server by itself, with its dead-letter queue, on a clock that the test moves."""

from __future__ import annotations

from chaos.ledger.events import Kind, QueueEvent
from chaos.sqs.queue import Queue
from chaos.sqs.stored import Post, QueueSettings, StoredMessage


class QueueUnderTest:
    """A queue with its dead-letter queue and everything that happened."""

    def __init__(self, name: str = "orders", max_receive_count: int | None = None, delay_seconds: float = 0) -> None:
        self.events: list[QueueEvent] = []
        self.dead_letters = Queue(QueueSettings("dlq.fifo" if name.endswith(".fifo") else "dlq"), self.events.append)
        settings = QueueSettings(name, 30, delay_seconds, max_receive_count, "dlq")
        self.queue = Queue(settings, self.events.append, self.dead_letters.adopt)

    def send(self, *bodies: str, group: str | None = None, now: float = 0.0) -> list[str]:
        return [self.queue.send(Post(body, group=group), now) for body in bodies]

    def receive(self, now: float, limit: int = 10, visibility_seconds: int | None = None) -> list[StoredMessage]:
        return self.queue.receive(limit, visibility_seconds, now)

    def bodies(self, now: float, limit: int = 10) -> list[str]:
        return [message.post.body for message in self.receive(now, limit)]

    def told(self, message_id: str) -> list[Kind]:
        return [event.kind for event in self.events if event.message_id == message_id]
