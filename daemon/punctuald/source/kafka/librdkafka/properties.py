"""What librdkafka is configured with. Names: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md"""

from __future__ import annotations

from collections.abc import Mapping

from punctuald.source.kafka.topic import CLASSIC, CONSUMER, KafkaTopic, PropertyValue

STATISTICS_SECONDS = 1.0
RECONNECT_MS = 1_000
"""By default the library comes to try a broker that was away every ten seconds only."""
COOPERATIVE = "cooperative-sticky"
STRATEGY = "partition.assignment.strategy"

MEMORY: Mapping[str, PropertyValue] = {
    # By its defaults each client buffers 64 MiB a partition: sized for one process, and we are many. These keep a
    # worker at a few MiB; the short back-off keeps the speed that the small buffer would cost (37,000 records a second
    # without it, 200,000 with it).
    "queued.min.messages": 5_000,
    "queued.max.messages.kbytes": 4_096,
    "fetch.max.bytes": 4_194_304,
    "fetch.queue.backoff.ms": 10,
}

CONSUMING: Mapping[str, PropertyValue] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",  # the library would repair a loss in silence: we decide, and say it
    "check.crcs": True,  # without it a damaged batch is delivered as if it were whole
    STRATEGY: COOPERATIVE,
    "fetch.wait.max.ms": 500,
    "allow.auto.create.topics": False,
}


def base_properties(topic: KafkaTopic) -> dict[str, PropertyValue]:
    """What every client of this topic's cluster needs: where it is, and how we show who we are."""
    properties: dict[str, PropertyValue] = {"client.id": "punctuald", "log.connection.close": False}
    properties["reconnect.backoff.max.ms"] = RECONNECT_MS
    properties |= {name: value for name, value in topic.properties.items() if not _is_for_consumers(name)}
    properties["bootstrap.servers"] = topic.brokers
    return properties


def consumer_properties(topic: KafkaTopic, protocol: str, static_id: str = "") -> dict[str, PropertyValue]:
    """Those of a member of the group, by ``protocol``; ``static_id`` "" = a dynamic one."""
    properties = {**base_properties(topic), **MEMORY, **CONSUMING, **topic.properties}
    properties["group.id"] = topic.group
    properties["statistics.interval.ms"] = int(STATISTICS_SECONDS * 1000)
    if protocol == CONSUMER:
        properties["group.protocol"] = CONSUMER
        properties.pop(STRATEGY, None)  # the brokers' own affair, as the session timeout is: refused by the library
    else:
        properties["group.protocol"] = CLASSIC
        properties["session.timeout.ms"] = int(topic.session_timeout_seconds * 1000)
        # A member hears of a new assignment with the answer to its next heartbeat.
        properties.setdefault("heartbeat.interval.ms", min(500, int(topic.session_timeout_seconds * 1000 / 3)))
        if static_id:
            properties["group.instance.id"] = static_id
    return properties


def is_cooperative(topic: KafkaTopic, protocol: str) -> bool:
    """Whether partitions go from member to member one by one, so that what is assigned adds to what there is."""
    return protocol == CONSUMER or str(topic.properties.get(STRATEGY, COOPERATIVE)) == COOPERATIVE


def _is_for_consumers(name: str) -> bool:
    """A producer, or a client that only asks, refuses a consumer's properties or warns of them."""
    return name.startswith(("fetch.", "queued.", "partition.", "group.", "max.poll.", "heartbeat.", "session.")) or (
        name in {"check.crcs", "isolation.level", "allow.auto.create.topics", "max.partition.fetch.bytes"}
    )
