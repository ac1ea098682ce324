"""Each code that Kinesis has says what to do, in one line."""

from __future__ import annotations

import pytest

from doubles.kinesis.kinesis_double import cut, refused
from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing, SourceUnavailable
from punctuald.source.kinesis.api.errors import StreamText, is_expired, is_throttled, to_source_error

WHERE = StreamText("orders", "eu-west-1", "https://kinesis.example")


def meant(code: str, operation: str = "GetRecords") -> SourceError:
    return to_source_error(refused(code, operation), WHERE, operation)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("ResourceNotFoundException", SourceMissing, "check the stream's name and region"),
        ("AccessDeniedException", SourceMisconfigured, "allow kinesis:GetRecords"),
        ("KMSAccessDeniedException", SourceMisconfigured, "kms:Decrypt"),
        ("KMSDisabledException", SourceMisconfigured, "kms:Decrypt"),
        ("KMSInvalidStateException", SourceMisconfigured, "kms:Decrypt"),
        ("KMSNotFoundException", SourceMisconfigured, "kms:Decrypt"),
        ("KMSOptInRequired", SourceMisconfigured, "kms:Decrypt"),
        ("UnrecognizedClientException", SourceMisconfigured, "the credentials are not accepted"),
    ],
)
def test_what_a_person_must_mend_says_how(code: str, kind: type[SourceError], words: str) -> None:
    error = meant(code)
    assert type(error) is kind
    assert words in str(error)
    assert "stream 'orders' (region eu-west-1, https://kinesis.example)" in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "LimitExceededException", "KMSThrottlingException"]
)
def test_a_throttle_is_worth_another_try_and_known_as_one(code: str) -> None:
    error = meant(code)
    assert isinstance(error, SourceUnavailable)
    assert is_throttled(error)
    assert not is_expired(error)


def test_an_iterator_that_is_too_old_is_known_as_one() -> None:
    assert is_expired(meant("ExpiredIteratorException"))


def test_a_place_that_the_stream_does_not_have_is_for_a_person_only_where_a_checkpoint_named_it() -> None:
    of_checkpoint, of_iterator = (
        meant("InvalidArgumentException", "GetShardIterator"),
        meant("InvalidArgumentException"),
    )
    assert isinstance(of_checkpoint, SourceMisconfigured)
    assert "made anew" in str(of_checkpoint)
    assert isinstance(of_iterator, SourceUnavailable)


def test_a_code_that_nobody_knows_ends_nothing() -> None:
    assert isinstance(meant("SomethingNew"), SourceUnavailable)


def test_a_lost_connection_is_worth_another_try() -> None:
    assert isinstance(to_source_error(cut(), WHERE), SourceUnavailable)
