"""Handlers that take their time."""

from __future__ import annotations

import os
import time

from peers.kafka import handled
from punctuald.model import Message

SECONDS_VARIABLE = "PUNCTUALD_KAFKA_HANDLER_SECONDS"


def slow(message: Message) -> None:
    """Each record takes so long."""
    time.sleep(float(os.environ[SECONDS_VARIABLE]))
    handled.write(message)
