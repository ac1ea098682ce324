"""One run: receives, sorts, sends, deletes, until nothing more comes or somebody ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from punctuald.clock import Clock
from punctuald.policy.queues.batches import Parcel, batches
from punctuald.policy.queues.pace import Emptiness, after_nothing, batch_size, next_send_mono, receive_size
from punctuald.policy.queues.selection import Filter
from punctuald.queue_tools.calls import LONGEST_POLL_SECONDS, Pause, SqsCalls
from punctuald.queue_tools.hidden import HiddenMessages
from punctuald.queue_tools.received import Letter, Received, receive
from punctuald.queue_tools.state import QueueState, state_of
from punctuald.source.sqs.names import name_in_url

from .destinations import Destinations
from .sending import Item, Sender
from .sorting import Sorting
from .tally import Tally

PAUSE_SLICE_SECONDS = 0.2
"""Python goes on sleeping after a signal's handler has returned: so often it is looked whether the run should end."""

LEASE_SHARE = 0.8
"""Share of its time hidden within which a message is sent; later, somebody else may have it before it is deleted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``most``: so many are moved; ``hidden_seconds``: how long a message is hidden from others while it is moved;
    it must be much more than ``poll_seconds``, for nobody knows when within a poll that began."""

    filters: Sequence[Filter] = ()
    per_second: float = inf
    most: float = inf
    dry_run: bool = False
    hidden_seconds: int = 60
    poll_seconds: int = LONGEST_POLL_SECONDS


class Redrive:
    """``stopping`` says whether to end in order; ``on_progress`` gets the tally, and what is waited for or ""."""

    def __init__(
        self,
        calls: SqsCalls,
        dead_letters: QueueState,
        destinations: Destinations,
        plan: Plan,
        *,
        clock: Clock,
        pause: Pause,
        stopping: Callable[[], bool],
        on_progress: Callable[[Tally, str], None],
    ) -> None:
        self._calls = calls
        self._queue = dead_letters
        self._plan = plan
        self._clock = clock
        self._pause = pause
        self._stopping = stopping
        self._on_progress = on_progress
        self._sender = Sender(calls, dead_letters, pause)
        self._hidden = HiddenMessages(calls, dead_letters, plan.hidden_seconds, clock)
        self.tally = Tally(dead_letters.messages)
        begun_utc = clock.utc() if dead_letters.asked_utc is None else dead_letters.asked_utc
        self._sorting = Sorting(destinations, plan.filters, begun_utc, self.tally)
        self._sent: set[str] = set()
        self._due_mono = self._last_mono = clock.mono()
        self._empty_polls = 0

    def run(self) -> Tally:
        """To its end; what stays in the dead-letter queue is visible then. Raises `SourceError`."""
        begun_mono = self._clock.mono()
        try:
            while not (self._stopping() or self._wanted < 1 or self._is_empty()):
                self._hidden.renew()
                received_mono = self._clock.mono()
                self._move(self._to_send(self._receive(), received_mono), received_mono)
        finally:
            self._hidden.release()
            self.tally.seconds = self._clock.mono() - begun_mono
        return self.tally

    @property
    def _wanted(self) -> float:
        return self._plan.most - self.tally.moved_in_all

    def _receive(self) -> Received:
        found = receive(
            self._calls,
            self._queue.name,
            self._queue.url,
            most=receive_size(self._plan.per_second, self._wanted),
            hidden_seconds=self._plan.hidden_seconds,
            now_utc=self._clock.utc(),
            wait_seconds=self._plan.poll_seconds,
        )
        self.tally.refused |= dict.fromkeys(found.unreadable, "can't be read whole")
        self._empty_polls = 0 if found.letters else self._empty_polls + 1
        self._last_mono = self._clock.mono() if found.letters else self._last_mono
        return found

    def _is_empty(self) -> bool:
        if not self._empty_polls:
            return False
        state = state_of(self._calls, self._queue.url)
        seen = Emptiness(
            empty_polls=self._empty_polls,
            visible=state.visible,
            elsewhere=state.in_flight - len(self._hidden),
            behind=self._queue.fifo and len(self._hidden) > 0,
            idle_seconds=self._clock.mono() - self._last_mono,
        )
        verdict = after_nothing(seen, self._plan.hidden_seconds)
        self.tally.unseen = state.visible if verdict.ends else 0
        self._on_progress(self.tally, "" if verdict.ends else verdict.reason)
        return verdict.ends

    def _to_send(self, found: Received, received_mono: float) -> list[Parcel[Item]]:
        """The others stay hidden until the end."""
        parcels: list[Parcel[Item]] = []
        for letter in found.letters:
            self._hidden.add(letter.message.receipt_handle, received_mono)
            if letter.message.id in self._sent:  # it could not be deleted, which is no reason to send it twice
                self._delete([letter])
            elif (parcel := self._sorting.parcel(letter)) is not None:
                parcels.append(parcel)
        return parcels

    def _move(self, parcels: Sequence[Parcel[Item]], received_mono: float) -> None:
        waiting = {parcel.item.message_id: parcel.item.letter.message.receipt_handle for parcel in parcels}
        for batch in self._batches(parcels, received_mono):
            for parcel in batch:
                del waiting[parcel.item.message_id]
            self._move_batch(batch)
            self._on_progress(self.tally, "")
        if not self._stopping():
            # What there was no time for comes again when its time hidden is over; what is behind another one stays.
            self._hidden.remove(waiting[each] for each in waiting.keys() - self.tally.behind)

    def _batches(self, parcels: Sequence[Parcel[Item]], received_mono: float) -> Iterator[list[Parcel[Item]]]:
        """Each when it may be sent, without what is behind a refused one; none any more once the run should end."""
        for batch in batches(parcels, batch_size(self._plan.per_second)):
            self._wait_for_pace()
            if self._stopping() or self._clock.mono() - received_mono > self._plan.hidden_seconds * LEASE_SHARE:
                return
            if free := self._sorting.without_followers(batch):
                yield free

    def _wait_for_pace(self) -> None:
        while (early_seconds := self._due_mono - self._clock.mono()) > 0 and not self._stopping():
            self._pause(min(early_seconds, PAUSE_SLICE_SECONDS))

    def _move_batch(self, batch: Sequence[Parcel[Item]]) -> None:
        """Sent before it is deleted: a kill in between makes a second copy and loses nothing."""
        self._due_mono = next_send_mono(self._due_mono, self._clock.mono(), len(batch), self._plan.per_second)
        refusals = {} if self._plan.dry_run else self._sender.send(batch)
        arrived: list[Letter] = []
        for parcel in batch:
            refusal = refusals.get(parcel.item.message_id)
            if refusal is not None:
                self._sorting.refuse(parcel.item.letter, refusal)
                continue
            arrived.append(parcel.item.letter)
            self.tally.moved[name_in_url(parcel.queue)] += 1
        if not self._plan.dry_run:
            self._delete(arrived)

    def _delete(self, arrived: Sequence[Letter]) -> None:
        ids = {letter.message.id for letter in arrived}
        self._sent |= ids
        self.tally.not_deleted = (self.tally.not_deleted - ids) | set(self._sender.delete(arrived))
        self._hidden.remove(letter.message.receipt_handle for letter in arrived)
