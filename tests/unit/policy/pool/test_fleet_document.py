"""docs/fleet.md, its tables and its picture, against the tables of `policy.pool`."""

from __future__ import annotations

import re
from pathlib import Path

from punctuald.policy.pool import generations
from punctuald.policy.pool.fleet import TABLE, Event, State

DOCUMENT = (Path(__file__).parents[4] / "docs" / "fleet.md").read_text(encoding="utf-8")
TEXT, AFTER_A_RELOAD = DOCUMENT.split("## After a reload")
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \| `(\w+)` \|$", re.MULTILINE)
ARROW = re.compile(r"^ +(\w+) --> (\w+): ([\w, ]+)$", re.MULTILINE)


def test_the_table_is_the_codes() -> None:
    code = {(state, event, *step) for state, row in TABLE.items() for event, step in row.items()}
    rows = ROW.findall(TEXT)
    assert len(rows) == len(set(rows))
    assert set(rows) == code


def test_the_picture_has_the_same_steps_as_the_table() -> None:
    code = {(state, step[0], event) for state, row in TABLE.items() for event, step in row.items()}
    drawn = {(start, end, event) for start, end, events in ARROW.findall(TEXT) for event in events.split(", ")}
    assert drawn == code


def test_every_state_and_event_is_explained() -> None:
    explained = {
        name for line in re.findall(r"^\| (`[^|]+) \| [^|]+ \|$", TEXT, re.MULTILINE) for name in line.split("`")
    }
    assert {*State, *Event} <= explained


def test_what_becomes_of_settings_is_the_codes() -> None:
    code = {(state, event, *step) for state, row in generations.TABLE.items() for event, step in row.items()}
    assert set(ROW.findall(AFTER_A_RELOAD)) == code
