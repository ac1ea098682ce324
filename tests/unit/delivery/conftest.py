"""No thread of a test outlives it: the next one may want to fork."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from punctuald.delivery.watch import Watch

PATIENCE_SECONDS = 10.0


@pytest.fixture(autouse=True)
def _watches_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A buffer's watch begins by itself where slots take several messages at once."""
    watches: list[Watch] = []
    original = Watch.__init__

    def remember(self: Watch, *arguments: Any) -> None:
        original(self, *arguments)
        watches.append(self)

    monkeypatch.setattr(Watch, "__init__", remember)
    yield
    for watch in watches:
        watch.stop()
        if watch._thread is not None:
            watch._thread.join(PATIENCE_SECONDS)
