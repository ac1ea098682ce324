"""The README's first handler and configuration, and the commands that it gives for them, on an embedded SQS."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from printed_examples import FENCE, ROOT
from process.documents.terminal import Terminal
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import TEST_CREDENTIALS
from punctuald.source.sqs.names import dead_letter_name

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS: list[str] = [block for _, block in FENCE.findall(README)]
QUEUE = "orders"
PRINTED_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
EVENTS = 20


@pytest.fixture
def environ(tmp_path: Path, moto_endpoint: str) -> Iterator[dict[str, str]]:
    """Beside the README's files, with the queue that they name."""
    (tmp_path / "shop.py").write_text(block_with("def handle(message"), encoding="utf-8")
    (tmp_path / "config.toml").write_text(block_with('handler = "shop:handle"'), encoding="utf-8")
    url, client = create_queue(moto_endpoint, QUEUE, dead_letter=5), connect(moto_endpoint)
    yield {**TEST_CREDENTIALS, "AWS_ENDPOINT_URL_SQS": moto_endpoint}
    for made in (url, client.get_queue_url(QueueName=dead_letter_name(QUEUE))["QueueUrl"]):
        client.delete_queue(QueueUrl=made)


def test_what_produce_sends_comes_to_the_first_handler(tmp_path: Path, environ: dict[str, str]) -> None:
    with Terminal(tmp_path, command("check"), **environ) as checked:
        assert checked.wait_end() == 0, checked.shown
    with (
        Terminal(tmp_path, command("run"), **environ) as daemon,
        Terminal(tmp_path, command("produce"), **environ) as producer,
    ):
        daemon.wait_until(lambda: len(set(PRINTED_ID.findall(daemon.shown))) >= EVENTS, f"{EVENTS} ids printed")
        producer.end(signal.SIGINT)
        daemon.end(signal.SIGINT)

    assert "message.rejected" not in daemon.shown
    assert "handler.failed" not in daemon.shown


def block_with(text: str) -> str:
    [block] = [block for block in BLOCKS if text in block]
    return block


def command(name: str) -> str:
    """The README's line that begins with it."""
    lines = [line for block in BLOCKS for line in block.splitlines()]
    return next(line for line in lines if line.split()[:2] == ["punctuald", name])
