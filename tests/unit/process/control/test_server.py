"""Whoever connects, and whatever they write or don't, the server answers the others and never waits."""

from __future__ import annotations

import socket

import orjson
import pytest

from captured_logs import capture_logs
from doubles.process.control_bench import LARGE, READY, ControlBench, answer
from punctuald import __version__
from punctuald.process.control.connection import ANSWER_SECONDS, ASK_SECONDS, PATIENCE_SECONDS
from punctuald.process.control.protocol import LONGEST_QUESTION_BYTES, PROTOCOL, question_line
from punctuald.process.control.server import MOST_CLIENTS


@pytest.mark.parametrize("question", [READY, b" " + READY, READY[:-1] + b"\r\n", READY + READY])
def test_a_question_gets_one_line_of_json_and_the_daemons_version(bench: ControlBench, question: bytes) -> None:
    client = bench.connect(question)
    bench.serve()
    line = client.recv(4096)
    assert line.count(b"\n") == 1
    assert orjson.loads(line) == {"protocol": PROTOCOL, "version": __version__, "answer": {"ready": True}}


def test_a_question_may_come_in_pieces(bench: ControlBench) -> None:
    client = bench.connect(READY[:7])
    bench.serve()
    client.sendall(READY[7:])
    bench.serve()
    assert answer(client)["answer"] == {"ready": True}


def test_what_is_said_with_the_verb_comes_to_who_answers_it(bench: ControlBench) -> None:
    assert bench.asked(question_line("echo", {"queue": "orders", "workers": None}))["answer"] == {
        "queue": "orders",
        "workers": None,
    }


def test_a_verb_that_is_unknown_is_refused_with_those_that_are_known(bench: ControlBench) -> None:
    assert bench.asked(question_line("stop", {}))["error"].startswith("verb: unknown; known are: ready, echo, ")


def test_an_empty_line_is_refused_at_once_and_not_owed_an_answer(bench: ControlBench) -> None:
    assert bench.asked(b"\n")["error"].startswith("a question is a line of JSON")


def test_a_line_without_an_end_is_refused_at_four_kilobytes(bench: ControlBench) -> None:
    assert str(LONGEST_QUESTION_BYTES) in bench.asked(b"x" * (LONGEST_QUESTION_BYTES + 1))["error"]


@pytest.mark.parametrize("size", [10_000, 1_000_000])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_who_asks_far_too_much_reads_why_not_and_is_not_reset(bench: ControlBench, size: int, end: bytes) -> None:
    client, unsent = bench.connect(), memoryview(b"x" * size + end)
    while unsent:
        unsent = unsent[client.send(unsent[:100_000]) :]
        bench.serve()
    assert answer(client)["error"] == f"a question has at most {LONGEST_QUESTION_BYTES} bytes"
    assert not bench.server.owes
    client.close()
    bench.serve()
    assert len(bench.server.awaited()) == 1, "its place is free again"


def test_what_comes_behind_a_question_takes_nobody_the_answer(bench: ControlBench) -> None:
    assert bench.asked(READY + b"x" * 10_000)["answer"] == {"ready": True}


def test_who_never_ends_a_question_that_is_too_long_is_hung_up_on(bench: ControlBench) -> None:
    client = bench.connect(b"x" * 10_000)
    bench.serve()
    bench.clock.advance(ASK_SECONDS)
    client.sendall(b"x")
    bench.serve()
    assert len(bench.server.awaited()) == 1


def test_an_answer_larger_than_the_sockets_buffer_reaches_a_slow_reader_whole(bench: ControlBench) -> None:
    client = bench.connect(question_line("large", {}))
    bench.serve()
    read = b""
    while not read.endswith(b"\n"):
        read += client.recv(50_000)
        bench.serve()
    assert orjson.loads(read)["answer"] == LARGE


def test_an_answer_may_come_later_and_others_are_served_meanwhile(bench: ControlBench) -> None:
    client = bench.connect(question_line("later", {}))
    bench.serve()
    assert bench.asked(READY)["answer"] == {"ready": True}
    bench.later[0].answer({"at": "last"})
    bench.later[0].refuse("said already")
    bench.serve()
    assert answer(client)["answer"] == {"at": "last"}


def test_a_client_that_goes_away_while_it_waits_is_let_go(bench: ControlBench) -> None:
    client = bench.connect(question_line("later", {}))
    bench.serve()
    client.close()
    bench.serve()
    assert len(bench.server.awaited()) == 1  # nobody but the next one
    bench.later[0].answer({"at": "last"})


def test_a_client_that_has_said_all_and_only_reads_gets_its_answer(bench: ControlBench) -> None:
    client = bench.connect(question_line("later", {}))
    client.shutdown(socket.SHUT_WR)
    bench.serve()
    bench.later[0].answer({"at": "last"})
    bench.serve()
    assert answer(client)["answer"] == {"at": "last"}


def test_who_says_nothing_is_hung_up_on(bench: ControlBench) -> None:
    mute = bench.connect()
    bench.serve()
    bench.clock.advance(ASK_SECONDS)
    bench.serve()
    assert mute.recv(1) == b""


def test_who_never_reads_is_hung_up_on(bench: ControlBench) -> None:
    bench.connect(question_line("large", {}))
    bench.serve()
    bench.clock.advance(ANSWER_SECONDS)
    bench.serve()
    assert len(bench.server.awaited()) == 1


def test_who_is_gone_before_the_answer_harms_nothing(bench: ControlBench) -> None:
    for data in (b"", READY[:3], READY, question_line("large", {})):
        bench.connect(data).close()
    bench.serve()
    assert bench.asked(READY)["answer"] == {"ready": True}


@pytest.mark.parametrize("data", [b"", READY[:9], question_line("large", {})], ids=["mute", "half", "never reads"])
def test_sixteen_clients_that_have_us_wait_make_room_for_others_after_a_second(
    bench: ControlBench, data: bytes
) -> None:
    slow = [bench.connect(data) for _ in range(MOST_CLIENTS)]
    bench.serve()
    late = [bench.connect(READY) for _ in range(3)]
    bench.serve()
    assert len(bench.server.awaited()) == MOST_CLIENTS  # the others wait in line
    bench.clock.advance(PATIENCE_SECONDS)
    bench.serve()
    assert [answer(each)["answer"] for each in late] == [{"ready": True}] * 3
    assert len(slow) == MOST_CLIENTS


def test_clients_that_wait_for_us_are_not_hung_up_on_for_others(bench: ControlBench) -> None:
    patient = [bench.connect(question_line("later", {})) for _ in range(MOST_CLIENTS)]
    bench.serve()
    late = bench.connect(READY)
    bench.clock.advance(PATIENCE_SECONDS)
    bench.serve()
    bench.later[0].answer({"at": "last"})
    bench.serve()
    bench.serve()
    assert answer(patient[0])["answer"] == {"at": "last"}
    assert answer(late)["answer"] == {"ready": True}


def test_a_defect_of_one_verb_is_logged_and_costs_nobody_else_an_answer(bench: ControlBench) -> None:
    with capture_logs() as log:
        said = bench.asked(question_line("defect", {}))
    assert [(line["event"], line["log_level"], line["verb"]) for line in log] == [("control.failed", "error", "defect")]
    assert said["error"] == "a defect of punctuald: KeyError; the log has more"
    assert bench.asked(READY)["answer"] == {"ready": True}
