"""No line of the daemon has a body, a credential or a receipt handle, whatever happens to it.

Every daemon of the process tests is held to it at its end (`surely_ended`); here as much as possible happens to one.
"""

from __future__ import annotations

import signal

import orjson
import pytest

from process.canaries import ATTRIBUTE, CREDENTIALS, leaks
from process.daemon_under_test import DaemonUnderTest

QUOTES_ITS_MESSAGE = """
from punctuald import Discard, Retry, Unavailable, Wait

def handle(message: Message) -> None:
    kind = message.body.split("-")[-1]
    said = f"could not handle {message.body} {message.attributes} {message.receipt_handle}"
    note(kind, message)
    if message.tries > 1 and kind != "killed":
        return
    match kind:
        case "late":
            time.sleep(0.05)
        case "fails":
            try:
                {}[said]
            except KeyError as error:
                raise ValueError(said) from error
        case "retry":
            raise Retry(said, after_seconds=0)
        case "reject":
            raise Reject(said)
        case "discard":
            raise Discard(said)
        case "wait":
            raise Wait(said, seconds=0.1)
        case "bounce":
            raise Wait(said, seconds=30)
        case "down" if not (HERE / "let_go").exists():
            raise Unavailable(said, said, retry_after=0.1)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stuck":
            time.sleep(600)
"""
EVERYTHING = ("late", "fails", "retry", "reject", "discard", "wait", "bounce")
EVENTS = {
    "fails": "handler.failed",
    "retry": "message.retried",
    "reject": "message.rejected",
    "discard": "message.discarded",
    "wait": "message.held",
    "bounce": "message.bounced",
}


def body_of(kind: str) -> str:
    return f"canary-of-a-body-{kind}"


def test_whatever_a_handler_quotes_is_in_no_line_where_exceptions_are_logged_by_type(daemon: DaemonUnderTest) -> None:
    daemon.second_queue()
    daemon.write_handler(QUOTES_ITS_MESSAGE)  # but for the one that kills, each of what it does is done once a message
    daemon.configure_both(
        {"wait_hold_seconds": 1, "time_limit_seconds": 3, "visibility_seconds": 2}, handler="work:handle"
    )
    config = daemon.directory / "config.toml"
    config.write_text(config.read_text().replace('format = "json"', 'format = "json"\nexceptions = "type"'))
    config.write_text(config.read_text().replace("threshold_seconds = 3600", "threshold_seconds = 0.01"))
    daemon.launch()
    daemon.wait_for("daemon.ready")
    ids = dict(zip(EVERYTHING, daemon.send(*map(body_of, EVERYTHING)), strict=True))
    for kind, event in EVENTS.items():
        daemon.wait_for(event, message_id=ids[kind])
    daemon.wait_for("message.breached", message_id=ids["late"])
    daemon.send(body_of("reject"), url=daemon.second.url)
    assert daemon.wait_for("message.no_dead_letter_queue")["reason"] == "Reject"
    daemon.send(body_of("down"), body_of("down"))
    assert daemon.wait_for("downstream.down")["name"] == "Unavailable"
    daemon.let_go()
    daemon.wait_for("downstream.up")
    daemon.signal(signal.SIGUSR1)
    daemon.wait_for("worker.state")
    daemon.send(body_of("stuck"))
    daemon.wait_for("handler.stuck")
    daemon.wait_for("process.exited", status=70)
    daemon.send(body_of("killed"))
    daemon.wait_for("message.runs_alone")
    daemon.signal(signal.SIGTERM)
    daemon.wait_exit()
    assert daemon.wait_for("message.retried", message_id=ids["fails"])["reason"] == "ValueError"
    assert "ValueError" in daemon.wait_for("handler.failed", message_id=ids["fails"])["traceback"]
    assert daemon.dead_letter()[1].startswith(f"could not handle {body_of('')[:-1]}"), "a copy has it in full"
    assert "canary" not in daemon.told()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ({"event": "message.held", "detail": {"of": [body_of("x")]}}, "a body in message.held.detail"),
        ({"event": "message.held", "handle": "q" * 185}, "a receipt handle in message.held.handle"),
        ({"event": "source.unavailable", "text": CREDENTIALS["AWS_SESSION_TOKEN"]}, "canary-of-a-session-token"),
        ({"event": "message.held", "reason": ATTRIBUTE}, ATTRIBUTE),
    ],
)
def test_a_leak_would_be_found(line: dict[str, object], found: str) -> None:
    [leak] = leaks(orjson.dumps(line).decode() + "\n", "", [body_of("x")])
    assert leak.startswith(found)


def test_what_a_handler_says_itself_is_no_leak() -> None:
    failed = {"event": "handler.failed", "traceback": body_of("x"), "reason": body_of("x")}
    said = {"event": "handler.output", "line": body_of("x")}
    assert leaks("\n".join(orjson.dumps(line).decode() for line in (failed, said)), "", [body_of("x")]) == []
