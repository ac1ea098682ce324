"""In processes of their own, for niceness never goes down again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

AUTOGROUP = Path("/proc/self/autogroup")
ASK = f"""
import os
from pathlib import Path
from punctuald.process.niceness import give_way
os.nice({{before}})
give_way(10)
give_way(5)
group = Path("{AUTOGROUP}")
print(os.getpriority(os.PRIO_PROCESS, 0), *group.read_text().split()[-1:] if group.exists() else "")
"""


def niceness(before: int, *, leads_a_session: bool) -> list[str]:
    """The process's own, and its session's where there is such a thing."""
    asked = subprocess.run(
        [sys.executable, "-c", ASK.format(before=before)],
        capture_output=True,
        check=True,
        text=True,
        start_new_session=leads_a_session,
    )
    return asked.stdout.split()


def niceness_of_this_session() -> list[str]:
    """Nothing for a process that is in no autogroup, such as a container begins with: the file is empty."""
    return AUTOGROUP.read_text().split()[-1:]


@pytest.mark.parametrize(("before", "after"), [(0, "10"), (15, "15")])
def test_it_becomes_as_nice_as_that_and_never_less(before: int, after: str) -> None:
    assert niceness(before, leads_a_session=True)[0] == after


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this kernel has no autogroups")
def test_its_session_becomes_so_if_it_is_its_own_and_nobody_elses_does() -> None:
    before = niceness_of_this_session()
    assert niceness(0, leads_a_session=True)[1:] in (["10"], []), "none where autogroups are switched off"
    assert niceness(0, leads_a_session=False) == ["10", *before]
    assert niceness_of_this_session() == before
