import time

from punctuald import Message, Reject, Retry, Wait


def handle(message: Message) -> None:  # or async def; or (messages: list[Message])
    order = message.json()
    if "id" not in order:
        raise Reject("no id")  # never: dead-letter queue, with the reason
    if order.get("hold"):
        raise Retry(after_seconds=30)  # it failed: again, in half a minute
    if order.get("not_before", 0) > time.time():
        raise Wait(until=order["not_before"])  # too early: kept until then, which is no try
    print(order["id"])  # returning = done: the message is deleted
