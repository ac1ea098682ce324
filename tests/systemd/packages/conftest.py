"""A machine of its own for what is installed in these tests: other tests have the program where it comes to be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from systemd import box as boxes
from systemd.packages import building


@pytest.fixture(scope="module")
def machine() -> Iterator[boxes.Box]:
    """A booted systemd on which punctuald was never installed."""
    reason = boxes.refusal()
    if reason:
        pytest.skip(f"no systemd can be booted here: {reason}")
    with boxes.booted_box() as booted:
        yield booted


@pytest.fixture(scope="session", autouse=True)
def _installable() -> None:
    reason = building.refusal()
    if reason:
        pytest.skip(f"packages can't be installed here: {reason}")
