"""A client that is made when it is needed, and made anew when the library says that it is of no use any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.logs.limited import LimitedLog
from punctuald.policy.receive.renewals import Renewals
from punctuald.source.blocking import BlockingThreads
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.client_log import ClientLog
from punctuald.source.kafka.errors import USELESS, KafkaUnavailable, error_of, is_no_such_protocol, to_source_error
from punctuald.source.kafka.topic import CLASSIC, CONSUMER, KafkaTopic

from .client import KafkaClient
from .owner import Checkpoints, Owner
from .static_member import StaticMember

ResultT = TypeVar("ResultT")
CLOSE_SECONDS = 10.0
"""On top of what handlers have to finish in."""
NOTHING_DONE: Checkpoints = {}


class Membership:
    """All calls to the client go through here, in the client's one thread. What they raise is one of our errors."""

    def __init__(
        self,
        topic: KafkaTopic,
        owner: Owner,
        health: BrokerHealth,
        log: ClientLog,
        clock: Clock,
        limited: LimitedLog,
        static_member: StaticMember | None = None,
    ) -> None:
        self._topic = topic
        self._owner = owner
        self._health = health
        self._log = log
        self._clock = clock
        self._limited = limited
        self._renewals = Renewals()
        self._static_member = static_member
        self._protocol = CLASSIC if static_member is not None or topic.group_protocol == CLASSIC else CONSUMER
        self._threads = BlockingThreads(f"kafka {topic.name}", most=1)
        self._client: KafkaClient | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a client that has asked to join."""
        return self._client is not None

    @property
    def may_join(self) -> bool:
        """False while another worker, whose place this one is to have, is still a member."""
        return self._static_member is None or self._static_member.take()

    async def open(self) -> None:
        """Make a client and let it join, once the topic is known to be there. Raises `KafkaUnavailable` where the last
        one came to its end too short a time ago."""
        if wait_seconds := self._renewals.remaining_seconds(self._clock.mono()):
            text = f"the last client was thrown out; the next one joins in {wait_seconds:.1f} s"
            raise KafkaUnavailable(f"topic {self._topic.topic!r}: {text}", code="ThrownOut")
        static_id = self._static_member.id if self._static_member is not None else ""
        client = await self._run(
            lambda: KafkaClient(self._topic, self._protocol, self._owner, self._health, self._log, static_id)
        )
        try:
            await self._run(client.look_up)
            if await self._run(client.misses_dead_letters):
                self._limited.warning(
                    "kafka.dead_letter_topic_missing", queue=self._topic.name, topic=self._topic.dead_letter_topic
                )
            await self._run(client.join)
        except SourceError as error:
            await self._let_go(client)
            raise self._health.trouble or error from error
        self._client = client

    async def call(self, call: Callable[[KafkaClient], ResultT]) -> ResultT:
        """Have ``call`` made. Raises `SourceUnavailable` where there is no client just now."""
        client = self._client
        if client is None:
            raise KafkaUnavailable(f"topic {self._topic.topic!r}: there is no client just now", code="NoClient")
        return await self._run(lambda: call(client))

    async def leave_if_useless(self) -> None:
        """Let a client go that was given partitions and could not begin with them. Raises `SourceUnavailable` then."""
        if self._client is not None and self._client.is_useless:
            await self.leave()
            text = "where reading has to begin could not be found out"
            raise KafkaUnavailable(f"topic {self._topic.topic!r} at {self._topic.brokers}: {text}", code="NoBeginning")

    async def renew_after(self, error: KafkaError) -> None:
        """The client is of no use any more, or its group's protocol is unknown to the brokers: the next `open` makes
        another one. Raises what to say of it, but where another protocol will do."""
        if self._protocol == CONSUMER and self._topic.group_protocol == "auto" and is_no_such_protocol(error):
            self._protocol = CLASSIC
            await self.leave()
        elif error.code() in USELESS:
            seconds = self._renewals.useless(self._clock.mono())
            self._limited.warning(
                "kafka.client_renewed", queue=self._topic.name, code=error.name(), text=error.str(), seconds=seconds
            )
            await self.leave()
            raise to_source_error(error, self._topic)

    async def leave(self, checkpoints: Checkpoints = NOTHING_DONE) -> None:
        """Let the client go, and with it what it owns, done up to there."""
        client, self._client = self._client, None
        self._health.reset()
        if client is not None:
            await self._let_go(client, checkpoints)

    async def close(self, checkpoints: Checkpoints) -> None:
        """The same for good."""
        await self.leave(checkpoints)
        self._threads.close()
        if self._static_member is not None:
            self._static_member.release()

    async def _let_go(self, client: KafkaClient, checkpoints: Checkpoints = NOTHING_DONE) -> None:
        """A close that does not come back is left to its thread: the next client has another one."""
        try:
            seconds = self._topic.revoke_timeout_seconds + CLOSE_SECONDS
            await asyncio.wait_for(self._run(lambda: client.close(checkpoints)), seconds)
        except (TimeoutError, SourceError):
            client.let_go()
            self._owner.lost([*client.epochs])
            self._threads.close()
            self._threads = BlockingThreads(f"kafka {self._topic.name}", most=1)

    async def _run(self, call: Callable[[], ResultT]) -> ResultT:
        try:
            return await self._threads.run(call)
        except (KafkaException, RuntimeError) as error:
            raise self._translated(error) from error

    def _translated(self, raised: KafkaException | RuntimeError) -> SourceError:
        error: Any = error_of(raised) if isinstance(raised, KafkaException) else None
        if error is not None:
            return to_source_error(error, self._topic)
        return KafkaUnavailable(f"topic {self._topic.topic!r}: {raised}", code=type(raised).__name__)
