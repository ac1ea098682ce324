"""Lines of what handlers write in pieces: `print` alone writes its text and its line feed apart."""

from __future__ import annotations

import threading
from collections.abc import Callable

from punctuald.delivery.run.current_call import Call, CallEnds
from punctuald.policy.log_lines.whole_lines import cut

PutLine = Callable[[str, bytes, Call | None], None]
"""Called with the stream's name (stdout, stderr), the line, and for which messages it was written, if that is known."""

MOST_KEPT = 256
"""Calls with the beginning of a line; what outlives its call may never end its own."""


class Lines:
    """Pieces are kept apart by call, thread and stream, until their line ends or the call does.

    Without a lock, as the log's stream: a handler may fork while another thread holds one.
    """

    def __init__(self, put: PutLine, longest: int, ends: CallEnds) -> None:
        self._put = put
        self._longest = longest
        self._ends = ends
        self._kept: dict[Call | None, dict[tuple[int, str], bytes]] = {}

    def write(self, stream: str, data: bytes, call: Call | None) -> None:
        """The next piece."""
        begun = self._kept.get(call)
        key = (threading.get_ident(), stream)
        lines, rest = cut(begun.pop(key, b"") if begun else b"", data, self._longest)
        if rest:
            self._keep(call, key, rest)
        elif begun is not None and not begun:
            self._forget(call)
        for line in lines:
            self._put(stream, line, call)

    def end(self, call: Call | None) -> None:
        """What the call has begun is a line now."""
        for (_, stream), rest in self._forget(call).items():
            for line in cut(rest, b"\n", self._longest).lines:
                self._put(stream, line, call)

    def end_all(self) -> None:
        """Likewise of all calls."""
        for call in tuple(self._kept):
            self.end(call)

    def forget_all(self) -> None:
        """In a fork: what was begun here is ended by the parent."""
        for call in tuple(self._kept):
            self._forget(call)

    def _keep(self, call: Call | None, key: tuple[int, str], rest: bytes) -> None:
        self._kept.setdefault(call, {})[key] = rest
        if call is not None and call not in self._ends.waiting:
            self._ends.waiting[call] = lambda: self.end(call)
        if len(self._kept) > MOST_KEPT:
            self.end(next(iter(self._kept)))

    def _forget(self, call: Call | None) -> dict[tuple[int, str], bytes]:
        if call is not None:
            self._ends.waiting.pop(call, None)
        return self._kept.pop(call, {})
