"""``python -m peers.kafka.long_run [NAME …]``: what the tests of the group leave out for its length. Prints what came of
each story; the status is 1 where something is charged."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from peers.kafka.group.stories import ALL
from peers.kafka.group.story import Telling
from peers.kafka.server import KafkaServer


def main(names: Sequence[str]) -> int:
    """See above."""
    charged = 0
    with TemporaryDirectory(prefix="punctuald-kafka-") as directory, KafkaServer(Path(directory, "server")) as kafka:
        for story in ALL:
            if names and not any(name in story.name for name in names):
                continue
            told = Telling(kafka, story, Path(directory, story.name)).run()
            charged += len(told.verdict.charges)
            shown = "\n    ".join(f"{each.kind}: {each.text}" for each in told.verdict.charges[:5])
            sys.stdout.write(f"{story.name}: {told}\n{shown}\n")
            sys.stdout.flush()
    return 1 if charged else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
