"""What supervisor and children say: what goes out comes in again, and nothing else does."""

from __future__ import annotations

import orjson
import pytest

from punctuald.process.channel.frame_checks import LONGEST_TEXT
from punctuald.process.channel.frames import (
    Available,
    Ceiling,
    Cleared,
    Down,
    Dump,
    FrameError,
    Ill,
    Misconfigured,
    OnTime,
    Pause,
    Ready,
    Recycle,
    Resume,
    Stuck,
    Target,
    Unavailable,
    Up,
    decode_down,
    decode_up,
    encode,
)
from punctuald.process.channel.share_frames import Share, ShareTaken

UP: list[Up] = [
    Ready(0.25),
    Ready(0.0),
    Target(8, 3),
    Target(0, 1),
    Recycle("recycled by age"),
    Stuck(()),
    Stuck(("order 7", "0f8fad5b-d9cb-469f-a165-70867728950e")),
    Cleared(("order 7",)),
    Ill(("order 7",)),
    Misconfigured(""),
    Misconfigured("no such queue: «orders»\nmend it"),
    Unavailable("orders", "no such queue", refused=True),
    Unavailable("orders", "", refused=False),
    Available("orders"),
    ShareTaken("orders", 4, 2.5, (0, 7, 59), 3),
    ShareTaken("orders", None, None, (), 0),
    OnTime("peak_hours", 0.985, violated=True),
    OnTime("peak_hours", None, violated=False),
]
DOWN: list[Down] = [
    Pause("orders"),
    Resume("orders"),
    Share("orders", 4, 2.5),
    Share("orders", 0, 2.5, (0, 59), 12),
    Share("orders", None, None),
    Ceiling(8),
    Dump(),
]

SHARE = {"kind": "share", "queue": "q", "concurrency": 1, "rate_per_second": 2.0, "places": [0], "number": 1}


@pytest.mark.parametrize("frame", UP)
def test_what_a_child_says_is_one_line_and_is_understood(frame: Up) -> None:
    line = encode(frame)
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    assert decode_up(line) == frame


@pytest.mark.parametrize("frame", DOWN)
def test_what_a_supervisor_says_is_one_line_and_is_understood(frame: Down) -> None:
    line = encode(frame)
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    assert decode_down(line) == frame


def test_each_direction_has_its_own_words() -> None:
    for frame in UP:
        with pytest.raises(FrameError, match="unknown kind"):
            decode_down(encode(frame))
    for order in DOWN:
        with pytest.raises(FrameError, match="unknown kind"):
            decode_up(encode(order))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b'{"kind":"ready"', "not JSON"),
        (b'{"kind":"ready","start_seconds":NaN}', "not JSON"),
        (b'{"kind":"ready","start_seconds":1e999}', "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "unknown kind"),
        (b'{"kind":null}', "unknown kind"),
        (b'{"kind":["ready"]}', "unknown kind"),
        (b'{"kind":"READY","start_seconds":0}', "unknown kind"),
        (b'{"kind":"ready"}', "ready: other fields than start_seconds"),
        (b'{"kind":"ready","start_seconds":0,"pid":1}', "ready: other fields"),
        (b'{"kind":"ready","start_seconds":true}', "ready.start_seconds: must be a number"),
        (b'{"kind":"ready","start_seconds":"0"}', "ready.start_seconds: must be a number"),
        (b'{"kind":"ready","start_seconds":-0.1}', "ready.start_seconds: must be a number"),
        (b'{"kind":"ready","start_seconds":1e300}', "ready.start_seconds: must be a number"),
        (b'{"kind":"ready","start_seconds":null}', "ready.start_seconds: must be a number"),
        (b'{"kind":"target","workers":-1,"generation":1}', "target.workers: must be a whole number"),
        (b'{"kind":"target","workers":true,"generation":1}', "target.workers: must be a whole number"),
        (b'{"kind":"target","workers":2.0,"generation":1}', "target.workers: must be a whole number"),
        (b'{"kind":"target","workers":1000001,"generation":1}', "target.workers: must be a whole number"),
        (b'{"kind":"target","workers":99999999999999999999,"generation":1}', "target.workers: must be a whole number"),
        (b'{"kind":"target","workers":2,"generation":0}', "target.generation: must be a whole number"),
        (b'{"kind":"recycle","reason":""}', "recycle.reason: must not be empty"),
        (b'{"kind":"recycle","reason":7}', "recycle.reason: must be text"),
        (b'{"kind":"recycle","reason":"\\ud800"}', "not JSON"),
        (b'{"kind":"stuck","message_ids":"order 7"}', "stuck.message_ids: must be a list"),
        (b'{"kind":"stuck","message_ids":{"order 7":1}}', "stuck.message_ids: must be a list"),
        (b'{"kind":"stuck","message_ids":[7]}', "stuck.message_ids: must be text"),
        (b'{"kind":"stuck","message_ids":[""]}', "stuck.message_ids: must be text"),
        (b'{"kind":"stuck","message_ids":["' + b"x" * 513 + b'"]}', "stuck.message_ids: must be text"),
        (b'{"kind":"stuck","message_ids":[' + b'"x",' * 4096 + b'"x"]}', "stuck.message_ids: must be a list"),
        (b'{"kind":"misconfigured","text":null}', "misconfigured.text: must be text"),
    ],
)
def test_what_a_child_may_not_say_is_refused_with_a_reason(line: bytes, why: str) -> None:
    with pytest.raises(FrameError, match=f"^{why}"):
        decode_up(line)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": "pause"}, "pause: other fields than queue"),
        ({"kind": "pause", "queue": ""}, "pause.queue: must be text"),
        ({"kind": "dump", "queue": "orders"}, "dump: other fields than none"),
        ({**SHARE, "concurrency": -1}, "share.concurrency: must be"),
        ({**SHARE, "concurrency": True}, "share.concurrency: must be"),
        ({**SHARE, "rate_per_second": -0.5}, "share.rate_per_second: must be"),
        ({**SHARE, "places": [60]}, "share.places: must be a whole number from 0 to 59"),
        ({**SHARE, "places": [7, 7]}, "share.places: must not have the same number twice"),
        ({**SHARE, "places": 7}, "share.places: must be a list of at most 60"),
        ({"kind": "share", "queue": "q", "concurrency": 1}, "share: other fields than"),
    ],
)
def test_what_a_supervisor_may_not_say_is_refused_with_a_reason(fields: dict[str, object], why: str) -> None:
    with pytest.raises(FrameError, match=f"^{why}"):
        decode_down(orjson.dumps(fields))


def test_a_reason_names_no_value_for_it_may_be_a_messages_body() -> None:
    for line in (
        b'{"kind":"secret"}',
        b'{"kind":"recycle","secret":"secret"}',
        b'{"kind":"ready","start_seconds":"secret"}',
    ):
        with pytest.raises(FrameError) as refused:
            decode_up(line)
        assert "secret" not in str(refused.value)


def test_an_error_that_is_too_long_is_cut_on_both_sides() -> None:
    assert decode_up(encode(Misconfigured("é" * (LONGEST_TEXT + 1)))) == Misconfigured("é" * LONGEST_TEXT)
    line = orjson.dumps({"kind": "misconfigured", "text": "x" * (LONGEST_TEXT + 1)})
    assert decode_up(line) == Misconfigured("x" * LONGEST_TEXT)


def test_an_error_that_quotes_bytes_which_are_no_text_is_told_all_the_same() -> None:
    undecodable = b"/srv/caf\xe9.py".decode(errors="surrogateescape")
    assert decode_up(encode(Misconfigured(undecodable))) == Misconfigured("/srv/caf\\udce9.py")
