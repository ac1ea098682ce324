"""What the demo ends of its daemon is the daemon's."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from punctuald.demo.daemon_process import kill_tree


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[bytes]]:
    """A shell with a child."""
    with subprocess.Popen(["sh", "-c", "sleep 60 & echo started; wait"], stdout=subprocess.PIPE) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        [child] = psutil.Process(shell.pid).children()
        yield shell
        with suppress(psutil.NoSuchProcess):
            child.kill()
        shell.kill()


def test_all_below_a_process_ends_with_it(parent: subprocess.Popen[bytes]) -> None:
    [child] = psutil.Process(parent.pid).children()
    kill_tree(parent)
    assert psutil.wait_procs([child], timeout=10)[1] == []


def test_a_stranger_that_has_the_number_of_an_ended_process_keeps_its_children(
    parent: subprocess.Popen[bytes],
) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    ended.pid = parent.pid
    [child] = psutil.Process(parent.pid).children()
    kill_tree(ended)
    _, alive = psutil.wait_procs([child], timeout=0.5)
    assert alive == [child]
