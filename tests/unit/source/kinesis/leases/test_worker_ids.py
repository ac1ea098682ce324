"""A worker's id says which process it is; a neighbour of it need not wait to find out that it is dead."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from punctuald.source.kinesis.leases.workers.worker_ids import is_ours, is_surely_dead, new_worker_id

OF_ANOTHER_PROCESS = f"from {new_worker_id.__module__} import new_worker_id; print(new_worker_id())"


def test_a_process_that_is_gone_is_surely_dead() -> None:
    ended = subprocess.run([sys.executable, "-c", OF_ANOTHER_PROCESS], capture_output=True, text=True, check=True)
    worker_id = ended.stdout.strip()
    assert is_ours(worker_id)
    assert is_surely_dead(worker_id)


def test_one_that_runs_is_not_and_no_two_are_alike() -> None:
    mine, again = new_worker_id(), new_worker_id()
    assert mine != again
    assert not is_surely_dead(mine)


@pytest.mark.parametrize("part", [0, 1])
def test_of_another_host_or_container_nothing_is_known(part: int) -> None:
    parts = new_worker_id().split(":")
    parts[part] += "-elsewhere"
    parts[2] = str(gone_pid())
    assert not is_surely_dead(":".join(parts))


@pytest.mark.parametrize("worker_id", ["java-1", "punctuald-host-1234", "a:b:c:d", ""])
def test_of_who_has_another_kind_of_id_nothing_is_known(worker_id: str) -> None:
    assert not is_surely_dead(worker_id)


def gone_pid() -> int:
    """Of a process that has been reaped."""
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    return pid
