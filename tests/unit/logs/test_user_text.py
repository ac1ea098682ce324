"""With ``exceptions = "type"`` no line repeats what user code said, and says all the same what it was and where."""

from __future__ import annotations

import os
from collections.abc import Iterator

import orjson
import pytest

from captured_logs import own_logs
from punctuald import logs
from punctuald.logs.user_text import UserText, behind

BODY = "the body of order 7"
LOG = logs.logger()


@pytest.fixture(autouse=True)
def _own_logging(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Needs ``capfd`` before it: the log goes to stdout as that is at its first configuration."""
    capfd.readouterr()
    with own_logs():
        yield


both_formats = pytest.mark.parametrize("line_format", ["json", "console"])


def raises_from_a_cause() -> None:
    try:
        os.environ[BODY]
    except KeyError as error:
        raise ValueError(f"no price in {BODY}") from error


@both_formats
def test_a_reason_of_the_handlers_is_its_exceptions_type(line_format: str, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format=line_format, exceptions="type")
    LOG.warning("message.rejected", reason=UserText(f"no id in {BODY}", "Reject"), after_seconds=3)
    LOG.warning("message.rejected", reason=behind("failed at its last try: ", UserText(BODY, "ValueError")))
    LOG.warning("message.rejected", reason=behind("failed: ", "3 workers died"))
    out = capfd.readouterr().out
    assert BODY not in out
    assert "failed at its last try: ValueError" in out
    assert "failed: 3 workers died" in out, "what we say ourselves stays"


@both_formats
def test_a_traceback_has_places_and_types_of_the_chain(line_format: str, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format=line_format, exceptions="type")
    try:
        raises_from_a_cause()
    except ValueError as error:
        LOG.exception("handler.failed", exc_info=(type(error), error, error.__traceback__))
        LOG.exception("process.crashed")
    out = capfd.readouterr().out
    assert BODY not in out
    assert "raise" not in out.replace("raises_from_a_cause", ""), "nor the text of a line"
    assert out.count("KeyError") == out.count("ValueError") == 2
    assert out.index("KeyError") < out.index("ValueError"), "the cause first"
    assert out.count(" in raises_from_a_cause") == 4


def test_in_full_a_line_has_all_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    LOG.warning("message.rejected", reason=UserText(f"no id in {BODY}", "Reject"))
    assert orjson.loads(capfd.readouterr().out)["reason"] == f"no id in {BODY}"


@both_formats
def test_exceptions_that_cause_one_another_in_a_circle_end(line_format: str, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format=line_format, exceptions="type")
    first, second = ValueError(BODY), KeyError(BODY)
    first.__cause__, second.__cause__ = second, first
    LOG.error("handler.failed", exc_info=first)
    assert "ValueError" in capfd.readouterr().out
