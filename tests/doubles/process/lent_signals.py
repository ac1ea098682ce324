"""A test's signals, lent to what takes the whole process's because it has a process of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from punctuald.process.signals import SignalQueue


@contextmanager
def lent_signals(module: ModuleType) -> Iterator[None]:
    """Each `SignalQueue` that ``module`` makes is closed at the end, and every handler is as it was before."""
    before = {number: signal.getsignal(number) for number in signal.Signals if number is not signal.SIGKILL}
    queues: list[SignalQueue] = []

    def listen(wanted: Iterable[signal.Signals], **options: Any) -> SignalQueue:
        queues.append(SignalQueue(wanted, **options))
        return queues[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SignalQueue", listen)
        yield
    for queue in queues:
        queue.close()
    for number, handler in before.items():
        if signal.getsignal(number) != handler:
            signal.signal(number, handler)
