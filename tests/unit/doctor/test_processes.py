from __future__ import annotations

import os
import resource
import subprocess
import sys

import psutil
import pytest

from punctuald.doctor.processes import ProcessSize, known, own_descriptor_limit, process_size


def test_a_process_of_ours_is_measured() -> None:
    size = process_size(os.getpid())
    assert size.pss_bytes is not None
    assert size.pss_bytes > 1 << 20
    assert size.threads is not None
    assert size.threads >= 1
    assert size.descriptors is not None
    assert size.descriptors >= 3
    assert size.descriptor_limit == own_descriptor_limit()


def test_one_that_is_gone_has_no_size() -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    assert process_size(int(gone.stdout)) == ProcessSize()


def test_what_the_kernel_does_not_let_us_see_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: psutil.Process) -> None:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "memory_full_info", refuse)
    size = process_size(os.getpid())
    assert size.pss_bytes is None
    assert size.threads is not None


def test_no_limit_of_descriptors_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert own_descriptor_limit() is None


def test_what_is_not_known_is_left_out() -> None:
    assert known([1, None, 0]) == [1, 0]
