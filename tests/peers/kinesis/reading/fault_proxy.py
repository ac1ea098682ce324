"""A proxy before Kinesis that refuses, fails and cuts calls, as AWS does and no test server."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from http.server import ThreadingHTTPServer

import orjson

from doubles.source.proxy import Answer, ProxyHandler, pass_on


class Fate(StrEnum):
    """Of one call."""

    PASSED = "passed"
    THROTTLED = "ProvisionedThroughputExceededException"
    EXPIRED = "ExpiredIteratorException"
    FAILED = "InternalFailure"
    CUT_BEFORE = "cut before Kinesis hears of it"
    CUT_AFTER = "cut after Kinesis has answered"


FAULTS = [fate for fate in Fate if fate is not Fate.PASSED]
GIVEN_BACK = {Fate.THROTTLED: 400, Fate.EXPIRED: 400, Fate.FAILED: 500}


@contextmanager
def fault_proxy(kinesis_url: str) -> Iterator[tuple[str, Callable[[], list[Fate]]]]:
    """Its URL, and what became of the calls so far: every second GetRecords has the next fault, in turn."""
    fates, met = itertools.cycle([fate for fault in FAULTS for fate in (Fate.PASSED, fault)]), list[Fate]()

    class Handler(ProxyHandler):
        def answer(self, headers: dict[str, str], body: bytes) -> Answer:
            to = kinesis_url.removeprefix("http://")
            if not headers["x-amz-target"].endswith(".GetRecords"):
                return pass_on(to, headers, body)
            fate = next(fates)
            met.append(fate)
            if fate in GIVEN_BACK:
                content = orjson.dumps({"__type": fate.value, "message": "no"})
                return GIVEN_BACK[fate], {"content-type": "application/x-amz-json-1.1"}, content
            if fate is Fate.CUT_BEFORE:
                raise ConnectionAbortedError
            answer = pass_on(to, headers, body)
            if fate is Fate.CUT_AFTER:
                raise ConnectionAbortedError
            return answer

        def now_utc(self) -> float:
            return time.time()

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionAbortedError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", lambda: list(met)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
