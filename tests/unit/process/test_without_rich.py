from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
from punctuald.process.without_rich import import_structlog_alone
{before}
import_structlog_alone()
import punctuald.app
print('rich' in sys.modules)
import rich.console
"""


@pytest.mark.parametrize(("before", "is_there"), [("", False), ("import rich.console", True)])
def test_the_daemon_has_no_rich_in_memory_but_its_handlers_may_import_it(before: str, is_there: bool) -> None:
    code = CODE.format(before=before)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{is_there}\n"
