"""Which queues there are, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from punctuald.errors import SourceError
from punctuald.source.sqs.names import name_in_url

from .calls import SqsCalls
from .state import QueueState, state_of

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One queue; ``state`` None: it could not be asked, and ``problem`` says why."""

    name: str
    state: QueueState | None
    problem: str = ""


def names(calls: SqsCalls, prefix: str) -> Iterator[str]:
    """The URLs of all queues of the account and region whose names begin so. Raises `SourceError`."""
    token: str | None = None
    while True:
        further = {"NextToken": token} if token else {}
        answer = calls("list_queues", "", QueueNamePrefix=prefix, MaxResults=PAGE, **further)
        yield from answer.get("QueueUrls") or ()
        token = answer.get("NextToken")
        if not token:
            return


def look_at(calls: SqsCalls, names_or_urls: Sequence[str]) -> Iterator[Listed]:
    """Each of them, one that can't be asked too: the others are still worth seeing."""
    for each in names_or_urls:
        try:
            state = state_of(calls, each)
        except SourceError as error:
            yield Listed(name_in_url(each), None, str(error))
        else:
            yield Listed(state.name, state)
