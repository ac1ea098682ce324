"""The policies of `docs/iam/` are policies, and say the same as the tables of the pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.source.policies import IAM, all_policies, statements
from punctuald.config import CloudWatchSettings

DOCS = Path(__file__).parents[2] / "docs"
WITH_TABLES = ("operations.md", "queues.md", "fleet-of-hosts.md")
PAGES = "\n".join((DOCS / name).read_text(encoding="utf-8") for name in WITH_TABLES)
EVERYTHING = "*"
WITHOUT_RESOURCE = (["sqs:ListQueues"], ["cloudwatch:PutMetricData"], ["autoscaling:DescribeAutoScalingGroups"])
"""Nothing but everything can be named for them (Service Authorization Reference: Amazon SQS, CloudWatch, EC2 Auto
Scaling)."""
OF_ONE_NAMESPACE = {"StringEquals": {"cloudwatch:namespace": CloudWatchSettings().namespace}}
"""What narrows the permission to send figures, which knows no resource, to ours: the namespace of the defaults."""
ROW = re.compile(
    r"^\| [^|]+ \| (?P<actions>(?:`\w+:\w+`(?:, )?)+) \| `(?P<sid>\w+)` in \[.+\]\(iam/(?P<policy>[\w.-]+)\) \|$",
    re.MULTILINE,
)


def rows() -> Iterator[tuple[str, str, list[str]]]:
    for row in ROW.finditer(PAGES):
        yield row["policy"], row["sid"], re.findall(r"`(\w+:\w+)`", row["actions"])


def test_the_tables_and_the_files_say_the_same() -> None:
    files = [(name, each["Sid"], each["Action"]) for name in all_policies() for each in statements(name)]
    assert sorted(rows()) == sorted(files)
    assert files


@pytest.mark.parametrize("name", all_policies())
def test_a_policy_is_one(name: str) -> None:
    """By the grammar of IAM's JSON policies (AWS IAM user guide), as far as ours use it."""
    policy = json.loads((IAM / name).read_text(encoding="utf-8"))
    assert policy.keys() == {"Version", "Statement"}
    assert policy["Version"] == "2012-10-17"
    for statement in policy["Statement"]:
        assert statement.keys() - {"Condition"} == {"Sid", "Effect", "Action", "Resource"}
        assert re.fullmatch("[A-Za-z0-9]+", statement["Sid"])
        assert statement["Effect"] == "Allow"
        if statement["Resource"] == EVERYTHING:
            assert statement["Action"] in WITHOUT_RESOURCE
            continue
        service = statement["Resource"].split(":")[2]
        assert all(action.startswith(f"{service}:") and "*" not in action for action in statement["Action"])
        assert re.fullmatch(rf"arn:aws:{service}:REGION:ACCOUNT:[\w/-]+", statement["Resource"])


def test_figures_may_be_sent_in_the_namespace_that_is_configured_and_nothing_else_is_conditional() -> None:
    conditions = {
        each["Sid"]: each["Condition"] for name in all_policies() for each in statements(name) if "Condition" in each
    }
    assert conditions == dict.fromkeys(("SendFigures", "PublishWorkersWanted"), OF_ONE_NAMESPACE)


def test_sids_of_one_policy_are_its_own() -> None:
    for name in all_policies():
        sids = [statement["Sid"] for statement in statements(name)]
        assert len(sids) == len(set(sids)), name
