"""A browser for all tests, and a daemon with a page for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser.accessibility import AXE
from browser.chromium import PROGRAM, Chromium
from browser.shop import Shop
from browser.tab import Tab
from process.conftest import surely_ended
from process.daemon_under_test import DaemonUnderTest
from process.event_loops import UVLOOP, environment
from process.regions.conftest import queue as queue  # noqa: PLC0414 - two fixtures, for one test
from process.regions.conftest import regions as regions  # noqa: PLC0414


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if PROGRAM is None:
        pytest.skip("there is no chromium here (apt-get install chromium)")
    chromium = Chromium(tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.close()


@pytest.fixture
def tab(browser: Chromium) -> Iterator[Tab]:
    """Whatever a test does with it, the page must not have complained."""
    opened = Tab(browser)
    yield opened
    assert opened.complaints() == []
    opened.close()


@pytest.fixture
def axe() -> str:
    """The script that finds what not everybody can use."""
    if not AXE.exists():
        pytest.skip(f"there is no axe-core at {AXE} (make test-browser fetches it)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def shop(tmp_path: Path, moto_endpoint: str) -> Iterator[Shop]:
    """Not started; killed with all its children at the end."""
    with surely_ended(DaemonUnderTest(tmp_path, moto_endpoint, environment(UVLOOP))) as daemon:
        yield Shop(daemon, moto_endpoint)
