"""What a daemon under test is given: a configuration with short waits, and a handler module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from punctuald.demo.servers import REGION

PRELUDE = '''
import os, signal, subprocess, sys, time
from pathlib import Path
from punctuald import Message, Reject

HERE = Path(__file__).parent

def say(word, body):
    """One line for the test; appended with one write, so that processes do not mix."""
    with (HERE / "notes").open("a") as notes:
        notes.write(f"{word} {body} {os.getpid()}\\n")

def note(word, message):
    """The same about a message."""
    say(word, message.body)

def hold():
    """Until the test lets go."""
    while not (HERE / "let_go").exists():
        time.sleep(0.01)
'''
DONE_AT_ONCE = """
def handle(message: Message) -> None:
    note("handled", message)
"""
HELD = """
def handle(message: Message) -> None:
    note("begun", message)
    hold()
    note("ended", message)
"""

QUICK: Mapping[str, Mapping[str, Any]] = {
    "pool": {
        "max_workers": 1,
        "slots": 2,
        "drain_timeout_seconds": 20,
        "backoff_initial_seconds": 0.05,
        "backoff_max_seconds": 0.2,
    },
    "scaling": {"interval_seconds": 0.2},
    "queue": {
        "handler": "work:handle",
        "region": REGION,
        "wait_seconds": 1,
        "visibility_seconds": 30,
        "ack_linger_seconds": 0,
        "retry_initial_seconds": 0,
    },
    "logging": {"level": "debug", "format": "json", "sample": 1},
    "sla": {"tier": [{"name": "unhurried", "threshold_seconds": 3600}]},
    "http": {"listen": ""},  # many daemons run at a time, and there is one port of that number
    "web": {"listen": ""},
    "cloudwatch": {},
}
"""What makes waits short. Every finished message is logged as done: under a real tier a slow one would be a breach."""


def config_text(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """`QUICK` with ``sections`` on top, as TOML."""
    lines = []
    for section, quick in QUICK.items():
        lines.append("[[queue]]" if section == "queue" else f"[{section}]")
        lines += [f"{key} = {_toml(value)}" for key, value in {**quick, **sections.get(section, {})}.items()]
    return "\n".join(lines)


def queue_text(settings: Mapping[str, Any]) -> str:
    """One more queue: `QUICK`'s with ``settings`` on top."""
    lines = [f"{key} = {_toml(value)}" for key, value in {**QUICK["queue"], **settings}.items()]
    return "\n".join(["[[queue]]", *lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)  # of a string, a number or a boolean it is TOML as well
