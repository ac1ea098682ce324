"""How far a redrive is, on stderr, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from punctuald.cli.progress_line import ProgressLine, to_stderr
from punctuald.clock import Clock
from punctuald.queue_tools.redrive.tally import Tally

ON_A_TERMINAL_SECONDS = 0.5
IN_A_FILE_SECONDS = 10.0
MOST_NAMED = 10


class Progress:
    """How many messages were moved, and how fast."""

    def __init__(
        self, clock: Clock, write: Callable[[str], object] = to_stderr, *, terminal: bool | None = None
    ) -> None:
        self._clock = clock
        self._begun_mono = clock.mono()
        self._line = ProgressLine(
            clock,
            write,
            on_a_terminal_seconds=ON_A_TERMINAL_SECONDS,
            in_a_file_seconds=IN_A_FILE_SECONDS,
            terminal=terminal,
        )

    def show(self, tally: Tally, waits_for: str) -> None:
        """If it is time; ``waits_for`` "" = for nothing."""
        waiting = f"; waiting: {waits_for}" if waits_for else ""
        self._line.show(lambda: self._moved(tally) + waiting)

    def end(self, tally: Tally) -> None:
        """Leave the terminal's line as it should stand."""
        self._line.end(lambda: self._moved(tally))

    def _moved(self, tally: Tally) -> str:
        per_second = tally.moved_in_all / max(self._clock.mono() - self._begun_mono, 0.001)
        return f"moved {tally.moved_in_all} of about {tally.expected}, {per_second:.1f} a second"


def report(tally: Tally, *, dry_run: bool) -> Iterator[str]:
    """Lines for a person: what was moved where, and what was not."""
    verb = "would be moved" if dry_run else "moved"
    for queue, count in sorted(tally.moved.items()):
        yield f"{verb} to {queue}: {count}"
    if not tally.moved:
        yield f"{verb}: 0"
    if tally.left_out:
        yield f"left, for no filter meant them: {len(tally.left_out)}"
    if tally.came_later:
        yield f"left, for they came while this ran: {len(tally.came_later)}"
    if tally.unseen:
        yield f"not seen, for they are behind these in their groups: about {tally.unseen}"
    yield from _failed(tally)


def _failed(tally: Tally) -> Iterator[str]:
    for number, (message_id, reason) in enumerate(tally.refused.items()):
        if number == MOST_NAMED:
            yield f"and {len(tally.refused) - MOST_NAMED} more that were not moved"
            break
        yield f"not moved: message {message_id}: {reason}"
    if tally.behind:
        yield f"not moved, for they are behind one of these in its group: {len(tally.behind)}"
    if tally.not_deleted:
        yield f"sent, and not deleted: {len(tally.not_deleted)}: they may come twice"
