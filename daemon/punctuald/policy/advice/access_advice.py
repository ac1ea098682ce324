"""What is denied, or does not answer, and what becomes of messages meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .finding import Finding, error

WITHOUT: Mapping[str, str] = {
    "sqs:ReceiveMessage": "no message of it comes",
    "sqs:DeleteMessage": "what is handled comes again, until it is dead-lettered",
    "sqs:ChangeMessageVisibility": "leases end while handlers run, and messages are handled twice",
    "sqs:GetQueueAttributes": "its depth, delay and redrive policy are not known, and no worker is started for it",
    "sqs:GetQueueUrl": "it can't be found by its name",
    "sqs:SendMessage": "what is rejected has nowhere to go",
    "kinesis:GetRecords": "no record of it comes",
    "kinesis:GetShardIterator": "no record of it comes",
    "kinesis:ListShards": "its shards are not known, and no record of it comes",
    "kinesis:DescribeStreamSummary": "whether the lease table is about this very stream is not known",
    "dynamodb:CreateTable": "there is no lease table, and no record comes",
    "dynamodb:DeleteItem": "leases of shards that are gone stay there",
}
NO_LEASES = "shards can't be shared, and no record comes"
NO_RECORDS = "no record of it comes, or what is rejected has nowhere to go"


def denied(actions: Sequence[str], where: str, policy: str = "") -> Finding:
    """``actions`` are refused on ``where``, such as ``'orders'``; ``policy`` names the file of `docs/iam/` that has the
    statement which allows them, "" = it is no matter of IAM."""
    text = f"access is denied: allow {', '.join(actions)} on {where}"
    return error("access.denied", text, "; ".join(dict.fromkeys(map(_without, actions))), _policy(policy))


def unreachable(text: str) -> Finding:
    """It was asked and did not answer as it should; ``text`` has all that is known."""
    return error("source.unreachable", text, "nothing of it is handled meanwhile")


def missing(text: str, mend: str) -> Finding:
    """There is none of that name."""
    return error("source.missing", text, "nothing of it is handled", mend)


def _without(action: str) -> str:
    return WITHOUT.get(action) or (NO_LEASES if action.startswith("dynamodb:") else NO_RECORDS)


def _policy(name: str) -> str:
    command = "aws iam put-role-policy --role-name ROLE --policy-name punctuald --policy-document"
    return f"{command} file://docs/iam/{name}" if name else ""
