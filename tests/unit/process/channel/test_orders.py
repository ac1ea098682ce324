"""Orders go to whoever carries them out."""

from __future__ import annotations

from captured_logs import capture_logs
from punctuald.process.channel.frames import Down, Dump, Pause
from punctuald.process.channel.orders import carry_out
from punctuald.process.channel.share_frames import Share


def test_each_order_is_carried_out_in_its_turn_by_whoever_is_there_for_it() -> None:
    story: list[tuple[str, Down]] = []
    controls = {
        Pause: lambda frame: story.append(("pauses", frame)),
        Share: lambda frame: story.append(("shares", frame)),
    }
    carry_out([Share("a", 1, None), Pause("a"), Share("a", 2, None)], controls)
    assert story == [("shares", Share("a", 1, None)), ("pauses", Pause("a")), ("shares", Share("a", 2, None))]


def test_an_order_that_nobody_is_there_for_is_said_and_the_next_is_carried_out() -> None:
    story: list[Down] = []
    with capture_logs() as log:
        carry_out([Pause("a"), Dump()], {Dump: story.append})
    assert story == [Dump()]
    assert [(line["event"], line["log_level"], line["order"]) for line in log] == [
        ("worker.order_refused", "error", "pause")
    ]
