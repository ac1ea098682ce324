"""From librdkafka's errors to ours, each with one line that says what to mend where a person has to."""

from __future__ import annotations

from pathlib import Path

from confluent_kafka import KafkaError, KafkaException

from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing, SourceUnavailable

from .topic import KafkaTopic

RECONNECT_SECONDS = 1.0
"""librdkafka connects again by itself: there is no call to spare by waiting longer."""

MISSING = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})
REFUSED_LOGIN = frozenset(
    {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError.UNSUPPORTED_SASL_MECHANISM}
)
REFUSED_TLS = frozenset({KafkaError._SSL})
DENIED = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    }
)
OTHER_STRATEGY = frozenset({KafkaError.INCONSISTENT_GROUP_PROTOCOL, KafkaError.GROUP_SUBSCRIBED_TO_TOPIC})
_NO_SUCH_PROTOCOL = frozenset({KafkaError.UNSUPPORTED_VERSION, KafkaError._UNSUPPORTED_FEATURE})
USELESS = frozenset({KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID, KafkaError.UNRELEASED_INSTANCE_ID})
"""The client can do nothing more: only another one can."""


def is_no_such_protocol(error: KafkaError) -> bool:
    """Whether the brokers do not know the newer protocol of groups. They say so by a code; the library says that its
    client is at its end, and has the reason in its text only."""
    if error.code() == KafkaError._FATAL:
        return any(KafkaError(code).str() in error.str() for code in _NO_SUCH_PROTOCOL)
    return error.code() in _NO_SUCH_PROTOCOL


class KafkaUnavailable(SourceUnavailable):
    """The brokers can't be reached just now, or don't let us in yet."""

    longest_back_off_seconds = RECONNECT_SECONDS


def error_of(raised: KafkaException | ValueError) -> KafkaError | None:
    """What the library says in an exception of its own."""
    found = raised.args[0] if raised.args else None
    return found if isinstance(found, KafkaError) else None


def to_source_error(error: KafkaError, topic: KafkaTopic) -> SourceError:
    """Ours for it: whether to try again, or what to mend."""
    where, code = f"topic {topic.topic!r} at {topic.brokers}", error.name()
    if error.code() in MISSING:
        return SourceMissing(f"{where}: there is no such topic", code=code)
    if error.code() in REFUSED_LOGIN:
        return SourceMisconfigured(f"{where}: the login is refused: {error.str()}", code=code)
    if error.code() in REFUSED_TLS:
        return SourceMisconfigured(f"{where}: no TLS with these brokers: {error.str()}", code=code)
    if error.code() in DENIED:
        return SourceMisconfigured(f"{where}: access is denied: {error.str()}", code=code)
    if error.code() in OTHER_STRATEGY:
        text = "its members share partitions in another way than this one would (partition.assignment.strategy)"
        return SourceMisconfigured(f"{where}: group {topic.group!r}: {text}", code=code)
    return KafkaUnavailable(f"{where}: {error.str()}", code=code)


def construction_error(raised: KafkaException | ValueError | TypeError, topic: KafkaTopic) -> SourceMisconfigured:
    """A client could not even be made: a property that does not exist, or does not go with another."""
    text = _no_file(topic) or _said(raised)
    return SourceMisconfigured(f"topic {topic.topic!r}: [topic.client]: {text}", code="InvalidConfiguration")


def _no_file(topic: KafkaTopic) -> str:
    """Of a certificate or a key that is not where it should be the library says only what OpenSSL does."""
    for name, value in topic.properties.items():
        if name.endswith(".location"):
            try:
                Path(str(value)).stat()
            except OSError as error:
                return f'"{name}": {value}: {error.strerror}'
    return ""


def _said(raised: BaseException) -> str:
    error = error_of(raised) if isinstance(raised, KafkaException | ValueError) else None
    return error.str() if error is not None else str(raised)
