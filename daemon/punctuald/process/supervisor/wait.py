"""The supervisor's one wait."""

from __future__ import annotations

import select
from collections.abc import Sequence

from punctuald.policy.pool.fleet import next_due_mono
from punctuald.process.signals import SignalQueue

from .managed_process import Post


def wait_for(signals: SignalQueue, posts: Sequence[Post], now_mono: float, longest_seconds: float) -> None:
    """Until a signal, a word of a child, room for what waits to be told one, something due, or ``longest_seconds``.

    Room is waited for only while something waits to be written: an idle pipe always has some.
    """
    poll = select.poll()  # not select.select: its descriptors end at 1,023
    poll.register(signals.fileno(), select.POLLIN)
    for post in posts:
        if post.channel is not None and post.channel.awaited:
            poll.register(post.channel.fileno(), post.channel.awaited)
    due_mono = next_due_mono(post.place for post in posts)
    until_due_seconds = longest_seconds if due_mono is None else max(0.0, due_mono - now_mono)
    poll.poll(min(longest_seconds, until_due_seconds) * 1000)
