"""Row six: the same events through Kafka, where this daemon reads it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.strategies.row import Row
from punctuald.config.settings import Settings

NAME = "6. punctuald, from Kafka"
SECTION = "topic"


def measure(_directory: Path) -> Row:
    """A word, as long as there is nothing to measure."""
    if not reads_topics():
        return Row(NAME, own=True, left_out="this daemon has no [[topic]] yet")
    return Row(NAME, own=True, left_out="this benchmark sends nothing to a [[topic]] yet")


def reads_topics() -> bool:
    """Whether the configuration has such a section."""
    return any(SECTION in {name, each.validation_alias} for name, each in Settings.model_fields.items())
