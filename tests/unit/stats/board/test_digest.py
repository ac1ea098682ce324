from __future__ import annotations

import pytest

from punctuald.stats.board.digest import digest_text, message_digest

SQS_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_an_sqs_message_id_can_be_read_back_from_its_digest() -> None:
    assert digest_text(message_digest(SQS_ID)) == SQS_ID


@pytest.mark.parametrize(
    "other", [SQS_ID.upper(), "shard-1:4961", "", SQS_ID + "\n", "0x8fad5b-d9cb-469f-a165-70867728950e"]
)
def test_any_other_id_is_hashed_to_128_bits(other: str) -> None:
    assert 0 <= message_digest(other) < 1 << 128
    assert message_digest(other) != message_digest(SQS_ID)
    assert message_digest(other) == message_digest(other)
