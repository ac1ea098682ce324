"""The standard library's `logging` in handlers."""

from __future__ import annotations

from process.daemon_under_test import DaemonUnderTest

LOGS = """
import logging
log = logging.getLogger("work.orders")

def handle(message: Message) -> None:
    log.debug("looked")
    log.info("packed %d of %s", 3, message.body)
    log.log(35, "between two levels")
    logging.getLogger("botocore.hooks").info("chatter")
    logging.getLogger("asyncio").warning("worth knowing")
    log.info("wrong number of arguments: %d %d", 1)
    try:
        {}["key"]
    except KeyError:
        log.exception("no such key")
"""
CONFIGURES = """
import logging
logging.basicConfig(format="%(levelname)s of the application: %(message)s")

def handle(message: Message) -> None:
    logging.warning("careful")
"""


def test_records_are_events_with_message_level_and_logger(daemon: DaemonUnderTest) -> None:
    daemon.start(LOGS)
    [message_id] = daemon.send("one")
    daemon.wait_done([message_id])
    records = daemon.events("handler.log", message_id=message_id, queue=daemon.queue)
    assert [(record["level"], record["logger"], record["text"]) for record in records] == [
        ("debug", "work.orders", "looked"),
        ("info", "work.orders", "packed 3 of one"),
        ("warning", "work.orders", "between two levels"),
        ("warning", "asyncio", "worth knowing"),
        ("error", "work.orders", "no such key"),
    ]
    assert records[-1]["traceback"].endswith("KeyError: 'key'")
    assert "traceback" not in records[0]
    wrong = [event["line"] for event in daemon.events("handler.output", message_id=message_id)]
    assert "TypeError: not enough arguments for format string" in wrong  # as `logging` says it


def test_an_applications_own_configuration_wins(daemon: DaemonUnderTest) -> None:
    daemon.start(CONFIGURES)
    [message_id] = daemon.send("one")
    daemon.wait_done([message_id])
    assert daemon.events("handler.log") == []
    [line] = daemon.events("handler.output", message_id=message_id)
    assert (line["stream"], line["line"]) == ("stderr", "WARNING of the application: careful")
