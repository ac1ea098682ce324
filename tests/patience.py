"""For what comes in its own time: in another process, or another thread."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 20.0
"""Only a test that fails waits so long."""
_LOOK_SECONDS = 0.01


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Fails where it is not so after ``seconds``."""
    give_up_mono = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_mono, "it never came"
        time.sleep(_LOOK_SECONDS)
