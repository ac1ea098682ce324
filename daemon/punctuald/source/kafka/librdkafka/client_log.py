"""What librdkafka has to say goes to our log: by itself it writes to stderr, several lines a second in an outage."""

from __future__ import annotations

import logging

from punctuald.logs.limited import LimitedLog


class ClientLog(logging.Logger):
    """A logger of the standard library in shape, because that is what the library takes; it is in no hierarchy, so
    nothing that user code configures reaches it.

    It repeats what `BrokerHealth` says better, once a connection and try: so nothing here is more than a detail.
    """

    def __init__(self, topic: str, limited: LimitedLog) -> None:
        super().__init__("punctuald.kafka")
        self._topic = topic
        self._limited = limited

    def log(self, level: int, msg: object, *args: object, **_: object) -> None:
        """One line of the library's."""
        text = str(msg) % args if args else str(msg)
        self._limited.info("kafka.client", queue=self._topic, level_name=logging.getLevelName(level).lower(), text=text)
