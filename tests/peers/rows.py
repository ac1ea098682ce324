"""A handler that writes a row into PostgreSQL for each message, and knows nothing of outages."""

from __future__ import annotations

import os
import threading

import psycopg

from chaos.handlers import recorded
from punctuald.model import Message

CONNINFO_VARIABLE = "PUNCTUALD_TEST_POSTGRESQL"
INSERT = "INSERT INTO orders (id) VALUES (%s) ON CONFLICT DO NOTHING"

_of_thread = threading.local()


def insert(message: Message) -> None:
    """One transaction a message, on a connection of the thread's own, which is made anew where it broke."""
    with recorded(message) as order:
        connection: psycopg.Connection | None = getattr(_of_thread, "connection", None)
        if connection is None or connection.closed:
            _of_thread.connection = connection = psycopg.connect(os.environ[CONNINFO_VARIABLE], autocommit=True)
        connection.execute(INSERT, (order["id"],))
