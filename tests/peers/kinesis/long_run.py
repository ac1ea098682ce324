"""``python -m peers.kinesis.long_run [MINUTES] [KCL …]``: one stream that Java workers and ours share for long.

By default 20 minutes, half of them beside KCL 2.5.4 and half beside 3.5.1. What happens is drawn; the draw can be
repeated. Logs stay in ``build/kinesis``. The status is 1 where something is charged.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from peers.kinesis.kcl.program import Kcl
from peers.kinesis.servers import Place, servers
from peers.kinesis.sharing.journey import Journey
from peers.kinesis.sharing.scene import Came, Scene, Share
from peers.log.load import Load
from peers.log.long_run import Report

KEPT = Path(__file__).parents[3] / "build" / "kinesis"
MINUTES = 20.0
LIGHT = Load(30.0)
"""kinesis-local goes through all that it was given: what is light at first is not so in the end."""


def main(arguments: Sequence[str]) -> int:
    """See above."""
    minutes = next((float(each) for each in arguments if each.isdecimal()), MINUTES)
    versions = [kcl for kcl in Kcl if kcl.value in arguments] or list(Kcl)
    report = Report()
    for kcl in versions:
        report.add(f"KCL {kcl}", _told(kcl, minutes * 60 / len(versions)))
    return report.end()


def _told(kcl: Kcl, seconds: float) -> Came:
    directory = KEPT / kcl.value
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    draw = random.Random(1)  # noqa: S311 - a draw that can be repeated
    until_mono = time.monotonic() + seconds
    with servers(Place.RESHARDING) as running, Scene(running, Share("long", load=LIGHT), directory) as scene:
        journey = Journey(scene, running, kcl, draw)
        journey.begin()
        while time.monotonic() < until_mono:
            journey.go_on()
        return scene.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
