"""moto's server, whose threads take turns only where they wait.

moto chooses what a receive brings without a lock, so that two at once can get the same message. No receive takes as
long as this switch interval, so none is interrupted while it chooses.
"""

from __future__ import annotations

import runpy
import sys

SWITCH_INTERVAL_SECONDS = 60.0

if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    runpy.run_module("moto.server", run_name="__main__", alter_sys=True)
