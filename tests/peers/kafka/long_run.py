"""``python -m peers.kafka.long_run [NAME …]``: the stories of a group that its tests leave out for their length.

Prints what came of each; logs and accounts stay in ``build/kafka``. The status is 1 where something is charged.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from peers.kafka.group.stories import ALL
from peers.kafka.group.story import Telling
from peers.kafka.server import KafkaServer
from peers.log.long_run import Report

KEPT = Path(__file__).parents[3] / "build" / "kafka"


def main(names: Sequence[str]) -> int:
    """See above."""
    report = Report()
    with TemporaryDirectory(prefix="punctuald-kafka-") as directory, KafkaServer(Path(directory, "server")) as kafka:
        for story in ALL:
            if names and not any(name in story.name for name in names):
                continue
            shutil.rmtree(KEPT / story.name, ignore_errors=True)
            report.add(story.name, Telling(kafka, story, KEPT / story.name).run())
    return report.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
