"""The law of batches: everything once, and no refusal of one message can put another one of its group before it."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.queues.batches import Parcel, batches

PARCELS = st.lists(
    st.tuples(st.sampled_from(["orders", "bills"]), st.sampled_from([None, "a", "b", "c"]), st.integers(1, 120))
).map(lambda made: [Parcel(place, *each) for place, each in enumerate(made)])


@given(PARCELS, st.integers(1, 10))
def test_every_parcel_goes_once_in_a_batch_that_sqs_takes(parcels: list[Parcel[int]], largest: int) -> None:
    made = list(batches(parcels, largest, largest_bytes=100))
    assert sorted(parcel.item for batch in made for parcel in batch) == list(range(len(parcels)))
    for batch in made:
        assert len({parcel.queue for parcel in batch}) == 1
        assert len(batch) <= largest
        assert len(batch) == 1 or sum(parcel.size_bytes for parcel in batch) <= 100


@given(PARCELS, st.integers(1, 10))
def test_a_groups_messages_go_one_after_another_and_never_together(parcels: list[Parcel[int]], largest: int) -> None:
    made = list(batches(parcels, largest, largest_bytes=100))
    for batch in made:
        groups = [parcel.group for parcel in batch if parcel.group is not None]
        assert len(groups) == len(set(groups))
    key = lambda parcel: (parcel.queue, parcel.group or "")  # noqa: E731
    sent = [parcel for batch in made for parcel in batch if parcel.group is not None]
    for _, of_one in groupby(sorted(sent, key=key), key=key):
        items = [parcel.item for parcel in of_one]
        assert items == sorted(items)
