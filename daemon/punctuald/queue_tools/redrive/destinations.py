"""The queues that dead letters go back to, each looked up once."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.errors import PunctualdError, SourceError, SourceMissing
from punctuald.policy.queues.destination import Destination, Origin, destination
from punctuald.queue_tools.calls import UNKNOWN_CALL_CODES, SqsCalls
from punctuald.queue_tools.state import QueueState
from punctuald.source.sqs.errors import is_denied, refusal_code
from punctuald.source.sqs.names import FIFO_SUFFIX, name_in_url, owner_and_name


class NotADeadLetterQueueError(PunctualdError):
    """What should be redriven is a queue that has a dead-letter queue and is none."""


@dataclass(frozen=True, slots=True)
class Target:
    """A queue that is there, or "" and why there is none."""

    url: str
    problem: str = ""

    @property
    def name(self) -> str:
        """For a person."""
        return name_in_url(self.url)

    @property
    def fifo(self) -> bool:
        """Whether its messages need a group."""
        return self.url.endswith(FIFO_SUFFIX)


class Destinations:
    """``chosen``: the queue that all go to, "" = each to its own."""

    def __init__(self, calls: SqsCalls, dead_letters: QueueState, chosen: str = "") -> None:
        """Raises `SourceError` where the chosen one is not there, and `NotADeadLetterQueueError`."""
        self._calls = calls
        self._dead_letters = dead_letters
        self._chosen = calls.url(chosen) if chosen else ""
        self._found: dict[str, Target] = {}
        sources = () if chosen else _sources(calls, dead_letters)
        self.sources = sources or ()
        if not chosen and sources == () and dead_letters.redrive:
            raise NotADeadLetterQueueError(
                f"queue {dead_letters.name!r} is no queue's dead-letter queue, and has one itself,"
                f" {dead_letters.dead_letter_queue!r}: is that the one to redrive? Else give --to"
            )

    def of(self, origin: Origin) -> Target:
        """Where a message goes. Raises `SourceError` for what may pass, and for what is denied."""
        decided = destination(origin, self._chosen)
        if not decided.queue:
            return Target("", decided.reason)
        if decided.queue not in self._found:
            self._found[decided.queue] = self._look_up(decided)
        return self._found[decided.queue]

    def _look_up(self, decided: Destination) -> Target:
        owner, name = owner_and_name(decided.queue) if decided.queue.startswith("arn:") else ("", decided.queue)
        try:
            url = self._calls.url(name, owner)
        except SourceMissing as error:
            return Target("", f"{error} ({decided.reason}): give --to")
        if url == self._dead_letters.url:
            return Target("", "would go back to where it is: give --to")
        return Target(url)


def _sources(calls: SqsCalls, dead_letters: QueueState) -> tuple[str, ...] | None:
    """The URLs of the queues whose redrive policies name this one; None where nobody may or can say."""
    urls: list[str] = []
    token: str | None = None
    while True:
        further = {"NextToken": token} if token else {}
        try:
            answer = calls("list_dead_letter_source_queues", dead_letters.name, QueueUrl=dead_letters.url, **further)
        except SourceError as error:
            if not is_denied(error) and refusal_code(error) not in UNKNOWN_CALL_CODES:
                raise
            return None
        urls += answer.get("queueUrls") or ()
        token = answer.get("NextToken")
        if not token:
            return tuple(urls)
