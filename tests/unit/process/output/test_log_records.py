"""The standard library's `logging` while the application has not configured it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from punctuald.process.output.log_records import take_log_records


@contextmanager
def unconfigured() -> Iterator[logging.Logger]:
    """The root logger as Python makes it: pytest has handlers on it while a test runs."""
    root, last_resort = logging.getLogger(), logging.lastResort
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    root.setLevel(logging.WARNING)
    try:
        yield root
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.lastResort = last_resort


def test_records_are_taken_from_the_level_on_without_a_lock() -> None:
    taken: list[tuple[str, str]] = []
    with unconfigured() as root:
        take_log_records(lambda record, text: taken.append((record.name, text)), "info")
        logging.getLogger("shop").info("sold %d", 3)
        logging.getLogger("shop").debug("looked")
        logging.getLogger("botocore").info("chatter")
        assert root.handlers == []
        assert logging.lastResort is not None
        assert logging.lastResort.lock is None
    assert taken == [("shop", "sold 3")]


def test_a_level_that_the_application_set_before_stays() -> None:
    with unconfigured() as root:
        root.setLevel(logging.ERROR)
        take_log_records(lambda *_: None, "info")
        assert root.level == logging.ERROR


def test_a_handler_of_the_applications_has_all_records_to_itself() -> None:
    taken: list[logging.LogRecord] = []
    with unconfigured() as root:
        take_log_records(lambda record, _: taken.append(record), "info")
        root.addHandler(logging.NullHandler())
        logging.getLogger("shop").warning("sold out")
    assert not taken


def test_a_record_without_words_raises_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with unconfigured():
        take_log_records(lambda *_: None, "info")
        logging.getLogger("shop").warning("%d %d", 1)  # noqa: PLE1206
    assert "not enough arguments for format string" in capsys.readouterr().err
