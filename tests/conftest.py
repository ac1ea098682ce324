"""For the whole run: embedded servers, one of each kind, and guards over its forks and over what it leaves."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop
from hypothesis import HealthCheck, settings

from leftovers import Leftovers
from lone_forks import refuse_forks_among_threads
from punctuald.demo.servers import MINISTACK, MOTO, ROTO, TEST_CREDENTIALS, EmbeddedServer

ResultT = TypeVar("ResultT")
RunAsync = Callable[[Coroutine[Any, Any, Any]], Any]
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "uvloop": uvloop.new_event_loop,
    "asyncio": asyncio.SelectorEventLoop,
}
LONGEST_COROUTINE_SECONDS = 60.0
TESTS = Path(__file__).parent

# How long an example takes says more about the machine's other work than about ours. And a quarter of the usual
# hundred, which `make test-long` tries: with them `make test` would take longer than five minutes on two cores.
settings.register_profile(
    "whatever the load",
    deadline=None,
    max_examples=int(os.environ.get("LAW_EXAMPLES", "25")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("whatever the load")


def pytest_configure() -> None:
    refuse_forks_among_threads()
    # For the programs that tests start: pytest's own ``pythonpath`` is known to nobody else.
    inherited = os.environ.get("PYTHONPATH")
    # A shell without job control starts background jobs with SIGINT ignored, and what they start inherits that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS), *([inherited] if inherited else [])])


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left_behind() -> Iterator[None]:
    """Made before every other fixture of the run, and so the last to end: the servers' end is held to it too."""
    leftovers = Leftovers()
    yield
    assert leftovers.end() == []


@pytest.fixture(scope="session")
def aws_credentials() -> Iterator[None]:
    """Dummy credentials in this process's environment, whatever the machine's own are."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in TEST_CREDENTIALS.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.delenv("AWS_SESSION_TOKEN", raising=False)
        yield


@pytest.fixture(scope="session")
def moto_endpoint(aws_credentials: None) -> Iterator[str]:  # noqa: ARG001  # asked for what it sets, not gives
    """The URL of a running moto: the one with the fullest answers, and at once."""
    with EmbeddedServer(MOTO) as server:
        yield server.endpoint_url


@pytest.fixture(scope="session")
def ministack_endpoint(aws_credentials: None) -> Iterator[str]:  # noqa: ARG001  # asked for what it sets, not gives
    """The URL of a running ministack: the one with the strictest semantics, up to 100 ms late."""
    with EmbeddedServer(MINISTACK) as server:
        yield server.endpoint_url


@pytest.fixture(scope="session")
def roto_endpoint(aws_credentials: None) -> Iterator[str]:  # noqa: ARG001  # asked for what it sets, not gives
    """The URL of a running roto: Kinesis, DynamoDB, SQS. Tests share it: each makes streams and tables of its own."""
    with EmbeddedServer(ROTO) as server:
        yield server.endpoint_url


@pytest.fixture(params=LOOPS)
def run_async(request: pytest.FixtureRequest) -> RunAsync:
    """Runs a coroutine on a fresh loop of each kind, for a minute at most.

    It fails if the coroutine leaves a task behind, or if anything reached the loop's exception handler.
    """

    def run(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            return runner.run(_alone(coroutine))

    return run


async def _alone(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    async with asyncio.timeout(LONGEST_COROUTINE_SECONDS):
        result = await coroutine
    assert asyncio.all_tasks() == {asyncio.current_task()}, "tasks were left behind"
    assert unheard == []
    return result
