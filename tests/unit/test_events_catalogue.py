"""docs/events.md against the code: every log event, its levels and its fields, both ways round."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest

from doubles.stats.interval_line import FIELDS as INTERVAL_FIELDS
from punctuald.delivery.in_flight import Fate
from punctuald.policy.scaling.decide import Reason, ScalingRules, ScalingState, decide
from punctuald.policy.scaling.demand import Demand
from punctuald.policy.scaling.guards import Guard
from punctuald.policy.scaling.observation import Observation
from punctuald.process.autoscaler.arrival_log import ArrivalLog
from punctuald.stats.figures.snapshot_fields import snapshot_lines
from punctuald.stats.snapshot import Snapshot

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "docs" / "events.md"
LEVELS = ("debug", "info", "warning", "error", "critical")
LEVEL_OF_METHOD = {name: name for name in LEVELS} | {"exception": "error"}
HANDS_ON = ("limited.py", "_say")
"""Says what it was given, by others whose calls are read."""
ROW = re.compile(
    r"^\| `(?P<name>[a-z_]+\.[a-z_]+)` \| (?P<levels>[a-z, ]+) \| (?P<process>[^|]+) \|(?P<fields>[^|]*)\|"
)

IDENTITY = {"queue", "message_id", "tier", "receive_count", "tenant"}
STAGES = {"produce_seconds", "queue_seconds", "ready_seconds", "handle_seconds", "settle_seconds"}


@dataclass
class Event:
    """What one event's lines may have."""

    levels: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


def decision_fields() -> set[str]:
    seen = Observation(
        now_mono=0.0,
        now_utc=0.0,
        workers_ordered=1,
        workers_ready=1,
        busy_slots=0,
        slots_per_worker=1,
        threshold_seconds=3.0,
        start_seconds=0.25,
    )
    decision, _ = decide(seen, ScalingState(), ScalingRules(min_workers=1, max_workers=1))
    assert isinstance(decision.demand, Demand)
    return set(decision.fields()) | {f"cap_{guard}" for guard in Guard}


def test_every_reason_of_a_decision_is_in_the_catalogue() -> None:
    lines = CATALOGUE.read_text(encoding="utf-8").splitlines()
    [row] = [line for line in lines if line.startswith("| `scale.decision`")]
    meaning = row.split("|")[-2]

    assert {reason.value for reason in Reason} <= set(re.findall(r"`([a-z_]+)`", meaning))


def statistics_fields() -> set[str]:
    return set(snapshot_lines(Snapshot({}, (), 0, 0))[0]) | {"part", "parts"}


def literal_keys_of(file: str, *functions: str) -> set[str]:
    """The keys of dictionaries that these functions of the observer write down."""
    tree = ast.parse((ROOT / "daemon" / "punctuald" / "process" / "observer" / file).read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in functions]
    return set().union(*map(literal_keys, found))


def literal_keys(function: ast.FunctionDef) -> set[str]:
    dictionaries = [node for node in ast.walk(function) if isinstance(node, ast.Dict)]
    return {str(key.value) for each in dictionaries for key in each.keys if isinstance(key, ast.Constant)}


SPREAD = {
    "self._identity(item)": IDENTITY,
    "_stages(item, now_mono)": STAGES,
    "self._drain.summary()": {fate.value for fate in Fate},
    "decision.fields()": decision_fields(),
    "fields": statistics_fields(),
    "where(call)": {"queue", "message_id", "more_messages", "context"},
    "present(tenant=item.message.tenant)": {"tenant"},
    "present(tenant=message.tenant)": {"tenant"},
    "present(importing=handler or None)": {"importing"},
    "present(region=self._region or None)": {"region"},
    "self._so_far(now_mono)": {"seconds", "failures"},
    "self._so_far(self._clock.mono())": {"seconds", "failures"},
    "present(workers=got.workers, limit=got.limit)": {"workers", "limit"},
    "present(workers=order.workers, queue=order.queue)": {"workers", "queue"},
    "self._about(lease, claims)": {"queue", "shard", "target", "workers"},
    "self._named(epochs)": {"queue", "partitions", "count"},
    "self._named(partitions)": {"queue", "partitions", "count"},
    "interval": set(INTERVAL_FIELDS),
    "violated": literal_keys_of("sla_watch.py", "_violated", "_fields"),
    "restored": literal_keys_of("sla_watch.py", "_restored", "_fields"),
    "arrivals": set(ArrivalLog().unlogged(((0, 1),), now_utc=1.0)[0]),
}
"""What each `**expression` in a log call stands for."""


def written_in_the_code() -> dict[str, Event]:
    events: dict[str, Event] = defaultdict(Event)
    for path in sorted((ROOT / "daemon" / "punctuald").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bound = bound_fields(tree)
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and (path.name, function.name) != HANDS_ON:
                for name, level, fields, receiver in log_calls(function):
                    events[name].levels.add(level)
                    events[name].fields |= fields | (bound if receiver == "self._log" else set())
    return dict(events)


def log_calls(function: ast.AST) -> Iterator[tuple[str, str, set[str], str]]:
    """Of each log call: event, level, fields, and the logger it is called on."""
    choices = local_choices(function)
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and call.args:
            for method in alternatives(call.func, choices):
                if isinstance(method, ast.Attribute) and is_logger(method.value):
                    levels, events = levels_and_events(method.attr, call, choices)
                    for level, name in product(levels, events):
                        assert isinstance(name, ast.Constant), f"not to be read by a program: {ast.unparse(call)}"
                        fields = field_names(call) | ({"traceback"} if method.attr == "exception" else set())
                        fields |= {"suppressed"} if is_limited(method.value) else set()
                        yield str(name.value), level, fields, ast.unparse(method.value)


def levels_and_events(
    method: str, call: ast.Call, choices: dict[str, list[ast.expr]]
) -> tuple[Sequence[str], list[ast.expr]]:
    """The levels that a call of this method may have, and the events; of `at` where it is no constant, all levels."""
    if method == "at":
        levels = alternatives(call.args[0], choices)
        names = [str(each.value) for each in levels if isinstance(each, ast.Constant)]
        return (names if len(names) == len(levels) else LEVELS), alternatives(call.args[1], choices)
    return [LEVEL_OF_METHOD[method]] if method in LEVEL_OF_METHOD else [], alternatives(call.args[0], choices)


def local_choices(function: ast.AST) -> dict[str, list[ast.expr]]:
    """What is assigned to each local name, for `tell = log.info if … else log.error`."""
    return {
        ast.unparse(node.targets[0]): alternatives(node.value, {})
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
    }


def alternatives(expression: ast.expr, choices: dict[str, list[ast.expr]]) -> list[ast.expr]:
    if isinstance(expression, ast.IfExp):
        return [*alternatives(expression.body, choices), *alternatives(expression.orelse, choices)]
    if isinstance(expression, ast.Name):
        return choices.get(expression.id, [expression])
    return [expression]


def is_logger(expression: ast.expr) -> bool:
    return ast.unparse(expression) in {"log", "self._log"} or is_limited(expression)


def is_limited(expression: ast.expr) -> bool:
    """Whether it is a `LimitedLog`, which puts ``suppressed`` into every line."""
    return ast.unparse(expression) in {"self._limited", "self._context.limited"}


def field_names(call: ast.Call) -> set[str]:
    names: set[str] = set()
    for keyword in call.keywords:
        if keyword.arg is None and ast.unparse(keyword.value).startswith("listed("):
            lists = [str(each.arg) for each in keyword.value.keywords] if isinstance(keyword.value, ast.Call) else []
            names |= {*lists, *(f"{name}_more" for name in lists)}
        elif keyword.arg is None:
            names |= SPREAD[ast.unparse(keyword.value)]
        else:
            names.add("traceback" if keyword.arg == "exc_info" else keyword.arg)
    return names


def bound_fields(tree: ast.AST) -> set[str]:
    """What `self._log = log.bind(…)` puts into every line."""
    binds = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "log.bind"]
    return {str(keyword.arg) for call in binds for keyword in call.keywords}


def written_in_the_catalogue() -> dict[str, Event]:
    rows = [match for line in CATALOGUE.read_text(encoding="utf-8").splitlines() if (match := ROW.match(line))]
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names)), "an event has two rows"
    return {
        row["name"]: Event(set(row["levels"].split(", ")), set(re.findall(r"`([a-z0-9_]+)`", row["fields"])))
        for row in rows
    }


CODE, DOCUMENT = written_in_the_code(), written_in_the_catalogue()


def test_every_event_of_the_code_is_in_the_catalogue() -> None:
    assert sorted(set(CODE) - set(DOCUMENT)) == []


def test_every_event_of_the_catalogue_is_in_the_code() -> None:
    assert sorted(set(DOCUMENT) - set(CODE)) == []


@pytest.mark.parametrize("name", sorted(set(CODE) & set(DOCUMENT)))
def test_levels_and_fields_are_the_codes(name: str) -> None:
    assert DOCUMENT[name] == CODE[name]


def test_the_scan_finds_events_written_in_each_of_the_codes_ways() -> None:
    assert {"daemon.ready", "reload.completed"} <= set(CODE)  # by a local name
    assert CODE["process.exited"].levels == {"info", "error"}  # by a local method
    assert CODE["handler.log"].levels == set(LEVELS)  # by a level that is known at run time only
    assert "role" in CODE["process.spawned"].fields  # bound
    assert CODE["message.done"].fields == IDENTITY | STAGES  # spread


def test_the_scans_own_lists_of_spread_fields_are_the_outcome_records() -> None:
    outcome_record = ROOT / "daemon" / "punctuald" / "delivery" / "settle" / "outcome_record.py"
    tree = ast.parse(outcome_record.read_text(encoding="utf-8"))
    written = {node.name: literal_keys(node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert (written["_identity"] | {"tenant"}, written["_stages"]) == (IDENTITY, STAGES)
