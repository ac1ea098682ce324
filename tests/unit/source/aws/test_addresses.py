"""A host's addresses, for when its resolver answers, fails and is slow."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence

import pytest

from conftest import RunAsync
from punctuald.source.aws import addresses as addresses_module
from punctuald.source.aws.addresses import Address, Addresses

FIRST = Address(socket.AF_INET, ("192.0.2.1", 443))
SECOND = Address(socket.AF_INET, ("192.0.2.2", 443))


class Resolver:
    """Gives one answer after another; an exception is raised, an event waited for."""

    def __init__(self, *answers: Sequence[Address] | Exception | threading.Event) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append((host, port))
        answer = self._answers.pop(0)
        if isinstance(answer, threading.Event):
            answer.wait(10)
            return []
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def _nothing_stays_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses_module, "FRESH_SECONDS", 0.0)


async def current(addresses: Addresses, times: int) -> list[Sequence[Address]]:
    return [await addresses.current() for _ in range(times)]


def test_a_host_is_looked_up_once_for_all_who_connect(run_async: RunAsync) -> None:
    resolver = Resolver([FIRST, SECOND])
    addresses = Addresses("sqs.example", 443, resolver)

    async def body() -> None:
        assert await asyncio.gather(*[addresses.current() for _ in range(5)]) == [[FIRST, SECOND]] * 5
        assert await addresses.current() == [FIRST, SECOND]

    run_async(body())
    assert resolver.asked == [("sqs.example", 443)]


def test_an_address_needs_no_resolver(run_async: RunAsync) -> None:
    found = run_async(Addresses("127.0.0.1", 80, Resolver()).current())
    assert found == [Address(socket.AF_INET, ("127.0.0.1", 80))]


@pytest.mark.usefixtures("_nothing_stays_fresh")
def test_when_the_resolver_fails_the_last_good_addresses_are_used(run_async: RunAsync) -> None:
    resolver = Resolver([FIRST], OSError("no answer"), [], [SECOND])
    assert run_async(current(Addresses("sqs.example", 443, resolver), 4)) == [[FIRST], [FIRST], [FIRST], [SECOND]]


def test_a_slow_resolver_is_waited_for_briefly_and_once_where_there_are_older_addresses(
    run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses_module, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(addresses_module, "FRESH_SECONDS", 0.0)
    never = threading.Event()
    addresses = Addresses("sqs.example", 443, Resolver([FIRST], never))

    async def body() -> float:
        await addresses.current()
        monkeypatch.setattr(addresses_module, "FRESH_SECONDS", 50.0)
        begin = asyncio.get_running_loop().time()
        assert await current(addresses, 50) == [[FIRST]] * 50
        return asyncio.get_running_loop().time() - begin

    assert run_async(body()) < 50 * 0.2 / 2, "one of fifty waited"
    never.set()


def test_without_older_addresses_the_resolvers_failure_is_told(run_async: RunAsync) -> None:
    with pytest.raises(OSError, match="no answer"):
        run_async(Addresses("sqs.example", 443, Resolver(OSError("no answer"))).current())
