"""One booted machine for all tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from systemd.box import Box, booted_box, refusal


@pytest.fixture(scope="session")
def box() -> Iterator[Box]:
    """A real systemd, shared: each test has units of its own there, or stops what it started."""
    reason = refusal()
    if reason:
        pytest.skip(f"no systemd can be booted here: {reason}")
    with booted_box() as booted:
        yield booted
