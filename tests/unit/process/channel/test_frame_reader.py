"""Lines out of bytes: bounded in memory, and every refusal counted."""

from __future__ import annotations

import tracemalloc

from punctuald.process.channel.frame_reader import LONGEST_LINE_BYTES, FrameReader
from punctuald.process.channel.frames import Ready, Stuck, Up, decode_up, encode

READY = encode(Ready(0.5))


def reader() -> FrameReader[Up]:
    return FrameReader(decode_up)


def test_a_frame_is_given_once_its_line_has_ended_and_not_before() -> None:
    reading = reader()
    assert [reading.feed(READY[i : i + 1]) for i in range(len(READY))] == [[]] * (len(READY) - 1) + [[Ready(0.5)]]
    assert reading.refused == 0


def test_each_line_that_is_no_frame_counts_and_the_first_says_why() -> None:
    reading = reader()
    assert reading.feed(b"\n{}\n[]\n" + READY + b"x\n") == [Ready(0.5)]
    assert (reading.refused, reading.refusal) == (4, "an empty line")


def test_a_line_too_long_counts_as_soon_as_it_is_and_only_once() -> None:
    reading = reader()
    for _ in range(5):
        assert reading.feed(b"x" * LONGEST_LINE_BYTES) == []
    assert reading.refused == 1
    assert reading.feed(b"x\n" + READY) == [Ready(0.5)]
    assert reading.refused == 1


def test_a_line_without_end_takes_no_memory_beyond_the_bound() -> None:
    reading, piece = reader(), b"x" * 16_384
    tracemalloc.start()
    try:
        for _ in range(1_000):
            reading.feed(piece)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 3 * LONGEST_LINE_BYTES


def test_the_longest_frame_that_sqs_can_be_the_cause_of_fits() -> None:
    stuck = Stuck(tuple(f"0f8fad5b-d9cb-469f-a165-{number:012}" for number in range(4_096)))
    assert reader().feed(encode(stuck)) == [stuck]
