"""The workers' posts: starts, drains and buries workers so that their number follows the target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from punctuald.clock import Clock
from punctuald.policy.pool.fleet import ALIVE, Event, Place, State
from punctuald.policy.pool.reconcile import muster
from punctuald.process.channel.frames import Down
from punctuald.stats.board.board import Board

from .children import Closable
from .generation import Generation
from .managed_process import Post


class Pool:
    """All posts for workers, one for each index of the largest board so far."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.posts: list[Post] = []

    def make_room(self, generation: Generation) -> None:
        """Have a post for each index of the generation's board."""
        for index in range(len(self.posts), generation.board.layout.workers):
            self.posts.append(Post(index, "worker", self._clock))

    def __iter__(self) -> Iterator[Post]:
        return iter(self.posts)

    @property
    def places(self) -> list[Place]:
        """As `policy` wants them."""
        return [post.place for post in self.posts]

    def count(self, *states: State, generation: int | None = None) -> int:
        """How many places are in one of ``states`` (and of one generation)."""
        return sum(place.state in states and generation in {None, place.generation} for place in self.places)

    @property
    def alive(self) -> int:
        """Processes that are not reaped yet."""
        return self.count(*ALIVE)

    def follow(self, target: int, generation: Generation, inherited: Callable[[], Iterable[Closable]]) -> None:
        """Start and drain towards ``target``.

        ``inherited`` is asked at each fork: a worker that kept open what belongs to one forked just before would keep
        that one's lifeline from being cut.
        """
        plan = muster(self.places, target, generation.number, self._busy_slots(generation.board))
        for index in plan.start:
            if index < generation.board.layout.workers:
                self.posts[index].start(generation, index, generation.worker_body(index), inherited())
        for dismissal in plan.drain:
            self.posts[dismissal.index].order(Event.DRAIN, dismissal.reason)

    def _busy_slots(self, board: Board) -> dict[int, int]:
        return {
            place.index: board.reader(place.index).busy_slots
            for place in self.places
            if place.state in ALIVE and place.index < board.layout.workers
        }

    def order_all(self, event: Event, reason: str) -> None:
        """Let ``event`` happen to every place."""
        for post in self.posts:
            post.order(event, reason)

    def tell_all(self, frame: Down) -> None:
        """To every worker."""
        for post in self.posts:
            post.tell(frame)

    def watch(self) -> None:
        """Time-outs and stopped heartbeats."""
        now_mono = self._clock.mono()
        for post in self.posts:
            if post.place.state is not State.EMPTY:
                post.watch(now_mono)
