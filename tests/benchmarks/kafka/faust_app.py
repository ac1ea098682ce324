"""Faust (faust-streaming): one agent, an event at a time, as in its quick start; its own defaults.

`faust_app.py BOOTSTRAP TOPIC GROUP DIRECTORY`.
"""

from __future__ import annotations

import sys

import faust

from benchmarks.peers import work

bootstrap, name, group, directory = sys.argv[1:5]
app = faust.App(
    group,
    broker=f"kafka://{bootstrap}",
    datadir=directory,
    value_serializer="json",
    web_enabled=False,
    topic_disable_leader=True,  # else it makes a topic of its own for electing one
)
topic = app.topic(name)


@app.agent(topic)  # type: ignore[untyped-decorator]
async def handle(events: faust.StreamT[dict[str, object]]) -> None:
    """Parsed by Faust."""
    async for event in events:
        work.do(event)


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "-l", "warn", "--without-web"]
    app.main()
