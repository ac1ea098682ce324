"""The guard over every fork of the run."""

from __future__ import annotations

import os
import threading

import pytest

from lone_forks import ForkAmongThreads


def test_a_fork_beside_a_thread_is_refused() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="bystander")
    thread.start()
    try:
        with pytest.raises(ForkAmongThreads, match="bystander"):
            os.fork()
    finally:
        done.set()
        thread.join()
