"""One booted machine for all tests that need one, with punctuald installed there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from systemd.box import Box, booted_box, refusal
from systemd.installation import install
from systemd.service import Service


@pytest.fixture(scope="session")
def box() -> Iterator[Box]:
    """A real systemd, shared: each test has units of its own there, or stops what it started."""
    reason = refusal()
    if reason:
        pytest.skip(f"no systemd can be booted here: {reason}")
    with booted_box() as booted:
        yield booted


@pytest.fixture(scope="session")
def installed(box: Box) -> Box:
    """The same with program, user and units."""
    install(box)
    return box


@pytest.fixture
def service(installed: Box, moto_endpoint: str) -> Iterator[Service]:
    """``punctuald.service``, not started."""
    service = Service(installed, moto_endpoint)
    yield service
    service.remove()
