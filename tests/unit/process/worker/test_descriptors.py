"""How many descriptors are open, and how many may be."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import psutil
import pytest

from punctuald.process.worker.descriptors import descriptor_limit, open_descriptors


def test_each_descriptor_that_is_opened_counts() -> None:
    before = open_descriptors()
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
    assert open_descriptors() == before + 5
    for descriptor in opened:
        os.close(descriptor)
    assert open_descriptors() == before


def test_on_an_older_kernel_whose_directory_says_no_size_they_are_listed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "self" / "fd").mkdir(parents=True)
    for number in range(3):
        (tmp_path / "self" / "fd" / str(number)).touch()
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    monkeypatch.setattr(Path, "stat", lambda _: os.stat_result((0,) * 10))
    assert open_descriptors() == 3


def test_the_limit_is_the_one_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 4_096))
    assert descriptor_limit() == 1_024
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    assert descriptor_limit() is None
