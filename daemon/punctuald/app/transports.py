"""What carries each queue's calls: chosen by the worker, from addresses that the supervisor found before the fork."""

from __future__ import annotations

from functools import partial
from typing import Any

import structlog

from punctuald.clock import Clock
from punctuald.config import QueueSettings, Settings
from punctuald.errors import ConfigurationError, SourceError
from punctuald.source.sqs_address import Address, resolve
from punctuald.source.sqs_credentials import SessionCredentials
from punctuald.source.sqs_fast import FastClient
from punctuald.source.transport import Choice, Transport, choose

from .outline import Clients, Outline, Place, place_of

log = structlog.get_logger()


def find_addresses(settings: Settings) -> dict[Place, Address]:
    """Of all queues that may take the fast transport. One that can't be found is left to the workers, who say why."""
    addresses: dict[Place, Address] = {}
    for place in dict.fromkeys(
        place_of(queue) for queue in settings.queues if queue.transport != Transport.BOTO3.value
    ):
        try:
            addresses[place] = resolve(*place)
        except SourceError as error:
            log.debug("source.address_unknown", error=str(error))
    return addresses


class Transports:
    """A worker's clients, for each queue of the kind that its transport says; all sign with the same credentials."""

    def __init__(self, outline: Outline, clients: Clients) -> None:
        self._addresses = dict(outline.addresses)
        self._clock: Clock = outline.clock
        self._clients = clients
        self._credentials = SessionCredentials()

    def client(self, queue: QueueSettings) -> Any:
        """Raises `ConfigurationError` where the fast transport is wanted and can't be had, and what `resolve` does."""
        address = None if queue.transport == Transport.BOTO3.value else self._address(queue)
        choice = _choose(queue, address)
        log.info("source.transport", queue=queue.name, transport=choice.transport.value, reason=choice.reason)
        if address is None or choice.transport is Transport.BOTO3:
            return self._clients.get(queue)
        make_client = partial(self._clients.get, queue)
        return FastClient(address, self._credentials.current, make_client, self._clock, queue.wait_seconds)

    def _address(self, queue: QueueSettings) -> Address:
        place = place_of(queue)
        if place not in self._addresses:
            self._addresses[place] = resolve(*place)
        return self._addresses[place]


def _choose(queue: QueueSettings, address: Address | None) -> Choice:
    try:
        return choose(queue.transport, address.obstacle if address is not None else None)
    except ConfigurationError as error:
        raise ConfigurationError(f"queue {queue.name!r}: {error}") from error
