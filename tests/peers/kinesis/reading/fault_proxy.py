"""A proxy before Kinesis that refuses, fails and cuts calls, as AWS does and no test server."""

from __future__ import annotations

import itertools
from enum import StrEnum

from doubles.source.proxy import Answer, Proxy, operation_of, refusal


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


class FaultProxy(Proxy):
    """Every second GetRecords has the next fault, in turn; ``met`` is what became of them so far."""

    def __init__(self, kinesis_url: str) -> None:
        super().__init__(kinesis_url)
        self.met: list[Fate] = []
        self._fates = itertools.cycle([fate for fault in FAULTS for fate in (Fate.PASSED, fault)])

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        if operation_of(headers) != "GetRecords":
            return self.pass_on(headers, body)
        fate = next(self._fates)
        self.met.append(fate)
        if fate in GIVEN_BACK:
            return refusal(GIVEN_BACK[fate], fate.value)
        if fate is Fate.CUT_BEFORE:
            raise ConnectionAbortedError
        answer = self.pass_on(headers, body)
        if fate is Fate.CUT_AFTER:
            raise ConnectionAbortedError
        return answer
