"""In a process of its own, for niceness never goes down again."""

from __future__ import annotations

import subprocess
import sys

ASK = """
import os
from punctuald.process.niceness import give_way
os.nice({before})
give_way(10)
give_way(5)
print(os.getpriority(os.PRIO_PROCESS, 0))
"""


def niceness(before: int) -> int:
    asked = subprocess.run(
        [sys.executable, "-c", ASK.format(before=before)], capture_output=True, check=True, text=True
    )
    return int(asked.stdout)


def test_it_becomes_as_nice_as_that_and_never_less() -> None:
    assert niceness(0) == 10
    assert niceness(15) == 15
