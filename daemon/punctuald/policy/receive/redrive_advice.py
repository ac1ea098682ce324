"""What a queue's redrive policy means for its messages, where that should be known beforehand."""

from __future__ import annotations

FEWEST_RECEIVES = 3
"""SQS counts each receive, also one whose worker was killed: with fewer, a bad hour dead-letters good messages."""


def redrive_advice(max_receives: int | None, *, has_dead_letter_queue: bool) -> list[str]:
    """Lines for a person; ``max_receives`` None = the queue has no redrive policy.

    ``has_dead_letter_queue``: the configuration names one, which rejected messages go to whatever the policy says.
    """
    advice = []
    if max_receives is not None and max_receives < FEWEST_RECEIVES:
        advice.append(
            f"maxReceiveCount is {max_receives}: a killed worker or an unlucky stop spends receives too; "
            f"give it {FEWEST_RECEIVES} or more"
        )
    if max_receives is None and not has_dead_letter_queue:
        advice.append("no redrive policy and no dead_letter_queue: rejected messages have nowhere to go and come again")
    if max_receives is None:
        advice.append("no redrive policy: a message that always fails comes again until its retention period is over")
    return advice
