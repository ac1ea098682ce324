"""Blocking calls on threads of their own: what they promise an event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conftest import RunAsync
from punctuald.source.blocking import BlockingThreads, in_a_thread

PATIENCE_SECONDS = 10


def fail() -> None:
    raise KeyError("of its own")


def test_results_and_errors_come_back_to_those_who_asked(run_async: RunAsync) -> None:
    async def body() -> list[object]:
        threads = BlockingThreads("test", most=2)
        calls = [threads.run(call) for call in (lambda: 1, fail, lambda: 2)]
        outcomes: list[object] = await asyncio.gather(*calls, return_exceptions=True)
        threads.close()
        return outcomes

    first, error, second = run_async(body())
    assert (first, second) == (1, 2)
    assert isinstance(error, KeyError)


def test_no_more_threads_run_than_were_allowed_and_what_is_over_waits(run_async: RunAsync) -> None:
    together, go = threading.Barrier(3), threading.Event()
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number < 2:
            together.wait(PATIENCE_SECONDS)
            go.wait(PATIENCE_SECONDS)
        return number

    async def body() -> list[int]:
        threads = BlockingThreads("test", most=2)
        calls = [threads.run(lambda number=number: work(number)) for number in range(3)]  # type: ignore[misc]
        together.wait(PATIENCE_SECONDS)
        assert sorted(begun) == [0, 1]
        go.set()
        done = await asyncio.gather(*calls)
        threads.close()
        return done

    assert run_async(body()) == [0, 1, 2]


def test_a_thread_that_is_free_is_used_again(run_async: RunAsync) -> None:
    async def body() -> set[int]:
        threads = BlockingThreads("test", most=4)
        used = {await threads.run(threading.get_ident) for _ in range(5)}
        threads.close()
        return used

    assert len(run_async(body())) == 1


def test_a_call_that_is_no_longer_waited_for_disturbs_nobody(run_async: RunAsync) -> None:
    go = threading.Event()

    async def body() -> str:
        threads = BlockingThreads("test", most=1)
        given_up = threads.run(lambda: go.wait(PATIENCE_SECONDS))
        given_up.cancel()
        go.set()
        after = await threads.run(lambda: "done")
        threads.close()
        return after

    assert run_async(body()) == "done"


def test_its_threads_hold_up_no_exit_and_end_when_it_is_closed(run_async: RunAsync) -> None:
    async def body() -> threading.Thread:
        threads = BlockingThreads("test", most=1)
        worker = await threads.run(threading.current_thread)
        threads.close()
        return worker

    worker = run_async(body())
    worker.join(PATIENCE_SECONDS)
    assert (worker.daemon, worker.is_alive()) == (True, False)


def test_a_result_that_comes_after_the_loops_end_ends_its_thread(run_async: RunAsync) -> None:
    go, workers = threading.Event(), []

    def work() -> None:
        workers.append(threading.current_thread())
        go.wait(PATIENCE_SECONDS)

    async def body() -> None:
        in_a_thread("test", work)
        while not workers:
            await asyncio.sleep(0)

    run_async(body())
    go.set()
    workers[0].join(PATIENCE_SECONDS)
    assert not workers[0].is_alive()


def test_one_call_has_a_thread_of_its_own_which_ends_with_it(run_async: RunAsync) -> None:
    async def body() -> threading.Thread:
        return await in_a_thread("test", threading.current_thread)

    worker = run_async(body())
    worker.join(PATIENCE_SECONDS)
    assert not worker.is_alive()


def test_the_loops_default_executor_is_never_used(run_async: RunAsync) -> None:
    async def body() -> list[str]:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(Refusing())
        return [await in_a_thread("test", lambda: threading.current_thread().name)]

    assert run_async(body()) == ["test"]


class Refusing(ThreadPoolExecutor):
    """An executor that runs nothing."""

    def submit(self, *_: Any, **__: Any) -> Any:
        pytest.fail("the default executor was asked")


def no_room(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_where_no_thread_can_be_started_those_that_there_are_do_it(
    run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> list[int]:
        threads, go = BlockingThreads("test", most=2), threading.Event()
        first = threads.run(lambda: 1 if go.wait(PATIENCE_SECONDS) else 0)
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", no_room)
            second = threads.run(lambda: 2)
        go.set()
        results = [await first, await second]
        threads.close()
        return results

    assert run_async(body()) == [1, 2]


def test_where_there_is_none_the_call_fails_and_a_later_one_finds_a_thread(
    run_async: RunAsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> int:
        threads = BlockingThreads("test", most=1)
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", no_room)
            with pytest.raises(RuntimeError):
                threads.run(lambda: 1)
        result = await threads.run(lambda: 2)
        threads.close()
        return result

    assert run_async(body()) == 2
