from __future__ import annotations

import subprocess

from punctuald.policy.advice.finding import Examined, error, note, warning
from punctuald.view.terminal.findings import COLUMNS, findings_text

LONG = "aws sqs create-queue --queue-name a-name-that-is-long --region eu-west-1 --endpoint-url http://127.0.0.1:5000 "


def test_a_healthy_set_up_is_one_line() -> None:
    examined = [Examined("queue orders"), Examined("the machine")]
    assert list(findings_text(examined)) == ["healthy: nothing to mend of 2 things looked at"]


def test_what_is_wrong_is_said_by_subject_the_worst_first() -> None:
    examined = [
        Examined("queue orders", (note("a", "to know"), error("b", "it is gone", "nothing comes", "aws mend it"))),
        Examined("queue bills"),
        Examined("the machine", (warning("c", "it is small"),)),
        Examined("the daemon"),
    ]
    assert list(findings_text(examined)) == [
        "queue orders",
        "  error   it is gone [b]",
        "          so: nothing comes",
        "          do: aws mend it",
        "  note    to know [a]",
        "the machine",
        "  warning it is small [c]",
        "ok: queue bills, the daemon",
        "1 error, 1 warning, 1 note",
    ]


def test_no_line_is_wider_than_a_terminal() -> None:
    finding = warning("a.code", "word " * 60, "another " * 60, "[[queue]] " + "setting " * 40)
    lines = list(findings_text([Examined("queue orders", (finding,))]))
    assert max(map(len, lines)) <= COLUMNS
    assert not any(line.endswith("\\") for line in lines)


def test_a_long_command_is_still_one_when_it_is_copied() -> None:
    mend = f"{LONG}--attributes MessageRetentionPeriod=1209600 && aws sqs list-queues"
    lines = list(findings_text([Examined("queue orders", (error("a", "gone", mend=mend),))]))
    copied = "\n".join(lines[2:-1]).replace("do: ", "")
    shell = "aws() { printf '%s|' \"$@\"; }\n" + copied
    said = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout
    assert said == mend.replace("&& aws ", "").removeprefix("aws ").replace(" ", "|") + "|"


def test_an_address_is_not_cut_into_two() -> None:
    url = "http://" + "a" * 120
    lines = list(findings_text([Examined("queue orders", (error("a", "gone", mend=f"aws --endpoint-url {url}"),))]))
    assert any(url in line for line in lines)
