from __future__ import annotations

import pytest

from doubles.source.dead_lettered import DeadLettered
from doubles.source.tampered_calls import TamperedCalls
from punctuald.clock import SystemClock
from punctuald.queue_tools.peek import peek
from punctuald.queue_tools.state import state_of


@pytest.mark.parametrize("most", [5, 25, 100])
def test_each_message_costs_one_receive_and_is_visible_again(most: int, ministack_endpoint: str) -> None:
    queue, calls = DeadLettered(ministack_endpoint, receives=2), TamperedCalls(ministack_endpoint)
    for number in range(25):
        queue.client.send_message(QueueUrl=queue.url, MessageBody=str(number))
    letters = peek(calls, state_of(calls, queue.name), most, SystemClock())
    assert len({letter.message.id for letter in letters}) == min(most, 25)
    assert [letter.message.receive_count for letter in letters] == [1] * len(letters)
    assert (len(queue.taken()), queue.visible_dead()) == (25, 0)
