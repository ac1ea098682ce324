from __future__ import annotations

import pytest

from punctuald.stats.board.digest import digest_text, message_digest, message_word

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


def test_an_id_that_has_to_fit_into_one_word_is_told_from_others_by_both_halves() -> None:
    assert message_word(SQS_ID) < 1 << 64
    words = {message_word(SQS_ID), message_word(SQS_ID[:-1] + "0"), message_word("1" + SQS_ID[1:])}
    assert len(words) == 3
