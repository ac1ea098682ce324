"""The journal has one JSON object a line, with the priority that the line's level stands for."""

from __future__ import annotations

import orjson

from systemd.installation import COMMAND
from systemd.service import Service

PRIORITIES = {"debug": "7", "info": "6", "warning": "4", "error": "3", "critical": "2"}
TALKS = """
import logging, os, sys
from punctuald import Message, Reject

def handle(message: Message) -> None:
    print("<0>not an emergency")
    os.write(2, "gr\\u00fc\\u00dfe\\n".encode())
    logging.getLogger("shop").error("an error of the handler's")
    if message.body == "1":
        raise Reject("no")
    if message.body == "2" and message.tries == 1:
        raise ValueError("a failure\\nof two lines")
"""


def test_each_line_is_one_json_object_with_the_priority_of_its_level(service: Service) -> None:
    service.configure(TALKS)
    service.start()
    service.send(4)
    service.wait_for("message.done", count=3)
    service.wait_for("message.rejected")
    service.stop()
    lines = service.own_lines()
    written = [(orjson.loads(line["MESSAGE"]), line["PRIORITY"]) for line in lines]
    assert {event["level"] for event, _ in written} >= {"debug", "info", "warning", "error"}
    assert [line for line in written if PRIORITIES[line[0]["level"]] != line[1]] == []
    assert {line["SYSLOG_IDENTIFIER"] for line in lines} == {"punctuald"}


def test_a_refused_configuration_is_a_line_too(service: Service) -> None:
    service.write_config("nonsense")
    service.box.call("systemctl", "start", service.unit)
    [line] = service.own_lines()
    event = orjson.loads(line["MESSAGE"])
    assert (event["event"], event["level"], line["PRIORITY"]) == ("daemon.misconfigured", "critical", "2")


def test_by_priority_a_healthy_daemon_has_no_line_and_a_refused_reload_has_one(service: Service) -> None:
    service.configure()
    service.start()
    service.wait_done(service.send(10))
    assert service.told("-p", "warning") == ""
    service.write_config("nonsense")
    service.reload()
    service.wait_for("reload.refused")
    [line] = service.told("-p", "warning").splitlines()
    assert orjson.loads(line)["event"] == "reload.refused"


def test_a_report_is_made_from_the_journal(service: Service) -> None:
    service.configure(TALKS)
    service.start()
    service.send(5)
    service.wait_for("message.done", count=4)
    service.wait_for("message.rejected")
    service.stop()

    def answer(question: str) -> list[dict[str, int | str]]:
        since = f"{service.since_utc}+00:00"  # to the microsecond: another test's daemon may have ended in this second
        asked = ("report", "--unit", service.unit, "--since", since, "--sql", question, "--json")
        return list(orjson.loads(service.box.run(COMMAND, *asked)))

    assert answer("SELECT sum(count) AS done FROM intervals_tier") == [{"done": 4}]
    kinds = {
        each["kind"]: each["lines"]
        for each in answer("SELECT kind, sum(lines)::BIGINT AS lines FROM lines GROUP BY kind")
    }
    assert kinds["event"] == len(service.own_lines())
    assert kinds.keys() <= {"event", "foreign"}, "systemd's own lines of the unit, and none of ours was torn"
