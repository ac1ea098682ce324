"""SQS servers that are not ours, each a process of its own on 127.0.0.1, and what is peculiar to each.

- moto: its work grows with the square of a queue's length, so its load is half of the others', and where nothing waits
  for leases to end they are longer than its calls may take. It has no lock around a queue's messages, so its threads
  are made to take turns (`moto_serial`). A waiting poll knows which groups of a FIFO queue are in flight only from when
  it began, so two polls may get messages of one group at a time: FIFO queues are drained there by one worker, which
  keeps the order itself, and nothing is done that makes two of them overlap.
- ministack: looks for new messages each 100 ms, and mostly notices that a client is gone.
- ElasticMQ: the truest about FIFO queues and dead letters.
- moto and ElasticMQ hide what a killed client's long poll was given for a visibility timeout, as SQS does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from chaos.scenarios.scenario import Action, Scenario
from peers.programs.maven import fetched
from punctuald.demo.servers import LOOPBACK, MINISTACK, MOTO, Kind

ELASTICMQ = "org.elasticmq:elasticmq-server_2.13:1.7.1"
SMALL_HEAP = ("-Xmx192m", "-Xms32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
ELASTICMQ_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "node-address.host": LOOPBACK,
        "node-address.port": "{port}",
        "generate-node-address": "false",
        "rest-sqs.bind-hostname": LOOPBACK,
        "rest-sqs.bind-port": "{port}",
        "rest-sqs.sqs-limits": "strict",
        "rest-stats.enabled": "false",
    }
)
MOTO_NAME = "moto"
NAMES = (MOTO_NAME, "ministack", "elasticmq")
MOTO_VISIBILITY_SECONDS = 30
ONE_WORKER = {"min_workers": 1, "max_workers": 1}


def kind_of(name: str) -> Kind:
    """How to start the server of that name. Raises `NotToBeHad` where it can't be had."""
    return {
        MOTO_NAME: lambda: replace(MOTO, module="peers.moto_serial"),
        "ministack": lambda: MINISTACK,
        "elasticmq": _elasticmq,
    }[name]()


def as_run_on(name: str, scenario: Scenario) -> Scenario:
    """The scenario as far as the server of that name can be a judge of it."""
    if name != MOTO_NAME:
        return scenario
    scenario = replace(scenario, load=replace(scenario.load, per_second=scenario.load.per_second / 2))
    if not any(step.action is Action.KILL for step in scenario.steps):  # else what the dead held is waited for
        scenario = replace(scenario, visibility_seconds=MOTO_VISIBILITY_SECONDS)
    if not scenario.fifo:
        return scenario
    steps = tuple(step for step in scenario.steps if step.action is Action.STOP)
    return replace(scenario, pool={**scenario.pool, **ONE_WORKER}, steps=steps)


def is_run_on(name: str, scenario: Scenario) -> bool:
    """Whether it is worth running there: one that is about its steps still has some in `as_run_on`."""
    return bool(as_run_on(name, scenario).steps) == bool(scenario.steps)


def _elasticmq() -> Kind:
    jars = fetched("elasticmq", ELASTICMQ)
    settings = (f"-D{name}={value}" for name, value in ELASTICMQ_SETTINGS.items())
    arguments = (*SMALL_HEAP, *settings, "-cp", f"{jars}/*", "org.elasticmq.server.Main")
    return Kind(arguments=arguments, program="java")
