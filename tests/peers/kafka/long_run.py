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
from peers.log.phases import PhaseFigures, takeovers

KEPT = Path(__file__).parents[3] / "build" / "kafka"


def main(names: Sequence[str]) -> int:
    """See above."""
    charged, phases = 0, list[PhaseFigures]()
    with TemporaryDirectory(prefix="punctuald-kafka-") as directory, KafkaServer(Path(directory, "server")) as kafka:
        for story in ALL:
            if names and not any(name in story.name for name in names):
                continue
            shutil.rmtree(KEPT / story.name, ignore_errors=True)
            told = Telling(kafka, story, KEPT / story.name).run()
            charged += len(told.verdict.charges)
            phases += told.phases
            shown = "\n    ".join(f"{each.kind}: {each.text}" for each in told.verdict.charges[:5])
            sys.stdout.write(f"{story.name}: {told}\n{shown}\n")
            sys.stdout.flush()
    sys.stdout.write(takeovers(phases))
    return 1 if charged else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
