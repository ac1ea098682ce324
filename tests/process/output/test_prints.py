"""What handlers print is in the log, line by line, with the message for which it was printed."""

from __future__ import annotations

import re
import signal

import orjson

from printed_examples import read_page
from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops

PRINTS_EVERY_WAY = """
print("imported")

def handle(message: Message) -> None:
    print("from print,", "in pieces")
    print("no line feed", end="")
    sys.stderr.write("to stderr\\n\\n")
    sys.stdout.buffer.write(b"caf\\xe9 \\xf0\\x9f\\x98\\x80\\n")
    os.write(1, b"past Python\\n")
    subprocess.run(["echo", "from a program"], check=True)
    subprocess.run(["sh", "-c", "echo its complaint >&2"], stdout=sys.stdout, stderr=sys.stderr, check=True)
"""
PRINTS_AND_DIES = """
def handle(message: Message) -> None:
    print("the last words of", message.body)
    os.kill(os.getpid(), signal.SIGKILL)
"""
PRINTS_JSON = """
import json

def handle(message: Message) -> None:
    for number in range(int(message.body)):
        print(json.dumps({"number": number, "text": "x" * 500}))
"""
FORKS = """
import multiprocessing

def child():
    print("from a child")
    print("and its end", end="")
    sys.stdout.flush()

def handle(message: Message) -> None:
    print("begun by the parent, ", end="")
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    note(f"child:{process.exitcode}", message)
    print("ended by it")
"""
BATCH_OF_COROUTINES = """
import asyncio

async def speak(text):
    await asyncio.sleep(0)
    print(text)

async def handle(messages: list[Message]) -> None:
    await asyncio.gather(speak("in a task"), asyncio.to_thread(print, "in a thread"))
"""
BINDS = """
import structlog

def handle(message: Message) -> None:
    if message.body == "bound":
        structlog.contextvars.bind_contextvars(order=7, message_id="of another", shape=object)
    structlog.get_logger().info("structlog's own", amount=3)
    print("plain")
"""
FLOOD = """
def handle(message: Message) -> None:
    for number in range(1000):
        print("line", number)
    subprocess.run(["seq", "1", "200000"], check=True)
"""
RECURSES = """
def recurse(tried, printed):
    tried.append(1)
    print("deeper")
    printed.append(1)
    recurse(tried, printed)

def handle(message: Message) -> None:
    tried, printed = [], []
    try:
        recurse(tried, printed)
    except RecursionError:
        print(len(tried), len(printed))
"""
CLOSES = """
def handle(message: Message) -> None:
    sys.stdout.close()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    print("after it was closed")
    print("and on stderr", file=sys.stderr)
"""
LINGERS = """
def handle(message: Message) -> None:
    for number in range(300):
        os.write(1, b"%d " % number)
    os.write(1, b"x" * 3_000_000)
"""
QUICK_LIMIT = {"handler_output_lines_per_second": 100_000}


def lines(daemon: DaemonUnderTest, **fields: object) -> list[str]:
    return [event["line"] for event in daemon.events("handler.output", **fields)]


@on_both_loops
def test_each_line_is_an_event_whichever_way_it_was_written(daemon: DaemonUnderTest) -> None:
    daemon.start(PRINTS_EVERY_WAY)
    [message_id] = daemon.send("one")
    daemon.wait_done([message_id])
    for line in ("past Python", "from a program", "its complaint"):
        daemon.wait_for("handler.output", line=line)
    [imported] = daemon.events("handler.output", line="imported")
    assert "message_id" not in imported
    assert lines(daemon, message_id=message_id, queue=daemon.queue) == [
        "from print, in pieces",
        "to stderr",
        "no line feedcaf\\xe9 \N{GRINNING FACE}",
    ]
    assert {event["stream"] for event in daemon.events("handler.output", line="to stderr")} == {"stderr"}
    assert {event["stream"] for event in daemon.events("handler.output", line="its complaint")} == {"stderr"}
    assert (daemon.directory / "errors.txt").read_text() == ""


def test_what_was_printed_just_before_a_kill_is_there(daemon: DaemonUnderTest) -> None:
    daemon.start(PRINTS_AND_DIES)
    [message_id] = daemon.send("Socrates")
    daemon.wait_for("process.exited", role="worker", status=-signal.SIGKILL)
    assert lines(daemon, message_id=message_id) == ["the last words of Socrates"]


def test_no_line_of_thousands_is_torn(daemon: DaemonUnderTest) -> None:
    daemon.start(PRINTS_JSON, pool={"min_workers": 2, "max_workers": 2}, logging=QUICK_LIMIT)
    ids = daemon.send(*["250"] * 20)
    daemon.wait_done(ids)
    for message_id in ids:  # `events` reads every line of the log as JSON
        assert [orjson.loads(line)["number"] for line in lines(daemon, message_id=message_id)] == list(range(250))


def test_a_child_of_a_handlers_prints_for_its_message(daemon: DaemonUnderTest) -> None:
    daemon.start(FORKS)
    [message_id] = daemon.send("parcel")
    daemon.wait_done([message_id])
    assert [body for body, _ in daemon.notes("child:0")] == ["parcel"]
    printed = lines(daemon, message_id=message_id)
    assert printed == ["from a child", "and its end", "begun by the parent, ended by it"]


def test_tasks_and_threads_of_a_coroutine_print_for_its_batch(daemon: DaemonUnderTest) -> None:
    daemon.start(BATCH_OF_COROUTINES, queue={"batch_size": 10})
    ids = daemon.send(*"abcdef")
    daemon.wait_done(ids)
    printed = daemon.events("handler.output")
    assert {event["line"] for event in printed} == {"in a task", "in a thread"}
    assert {event["message_id"] for event in printed} <= set(ids)
    calls = {event["message_id"]: 1 + event.get("more_messages", 0) for event in printed}
    assert sum(calls.values()) == len(ids)


def test_what_a_handler_binds_is_on_its_lines_and_on_no_other_messages(daemon: DaemonUnderTest) -> None:
    daemon.start(BINDS, pool={"slots": 1})
    [bound, other] = daemon.send("bound") + daemon.send("other")
    daemon.wait_done([bound, other])
    contexts = [event["context"] for event in daemon.events("handler.output", message_id=bound)]
    assert [context["order"] for context in contexts] == [7, 7]
    assert all("context" not in event for event in daemon.events("handler.output", message_id=other))
    for message_id in (bound, other):
        [own, plain] = lines(daemon, message_id=message_id)
        assert "[info     ] structlog's own                amount=3" in own  # and no colours
        assert plain == "plain"


def test_the_example_of_the_document_is_logged_as_it_says(daemon: DaemonUnderTest) -> None:
    page = read_page("docs/handlers.md")
    printed = [orjson.loads(line) for line in re.findall(r'^\{"event": "handler\..*\}$', page.text, re.MULTILINE)]
    daemon.start(page.files["parcels.py"].replace("def pack", "def handle"))
    [message_id] = daemon.send('{"order": 7}')
    daemon.wait_done([message_id])
    own = {"message_id": message_id, "queue": daemon.queue}
    for line in printed:
        [event] = daemon.events(line["event"], message_id=message_id)
        assert {name: event.get(name) for name in line if name != "…"} == {
            name: own.get(name, value) for name, value in line.items() if name != "…"
        }
    assert len(printed) == 2


def test_what_is_over_the_limit_is_counted_and_said_at_the_end(daemon: DaemonUnderTest) -> None:
    daemon.start(FLOOD, logging={"handler_output_lines_per_second": 50})
    daemon.wait_done(daemon.send("one"))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    suppressed = sum(event["lines"] for event in daemon.events("handler.output_suppressed"))
    assert suppressed + len(lines(daemon)) == 201_000
    assert {event["reason"] for event in daemon.events("handler.output_suppressed")} == {"over 50 lines a second"}


def test_what_can_not_be_written_at_the_end_of_a_recursion_is_counted(daemon: DaemonUnderTest) -> None:
    daemon.start(RECURSES, logging={"handler_output_lines_per_second": 100_000})
    daemon.wait_done(daemon.send("one"))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    *deeper, numbers = lines(daemon)
    tried, printed = map(int, numbers.split())
    [suppressed] = daemon.events("handler.output_suppressed")
    assert (set(deeper), suppressed["reason"]) == ({"deeper"}, "could not be written")
    assert printed <= len(deeper) + suppressed["lines"] <= tried, "the last print may have raised"


def test_a_handler_that_closes_its_streams_goes_on_printing(daemon: DaemonUnderTest) -> None:
    daemon.start(CLOSES)
    ids = daemon.send("one") + daemon.send("two")
    daemon.wait_done(ids)
    for message_id in ids:
        assert lines(daemon, message_id=message_id) == ["after it was closed", "and on stderr"]


def test_a_line_without_an_end_is_cut_and_its_writer_waits_for_nobody(daemon: DaemonUnderTest) -> None:
    daemon.start(LINGERS, logging=QUICK_LIMIT)
    daemon.wait_done(daemon.send("one"))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    written = "".join(lines(daemon, stream="stdout"))
    assert written == "".join(f"{number} " for number in range(300)) + "x" * 3_000_000
