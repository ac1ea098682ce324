"""Whose a lease is after a write, answered or not."""

from __future__ import annotations

import pytest

from punctuald.policy.leases.lease import Lease
from punctuald.policy.leases.standing import Standing, standing

MINE = Lease("shard", 7, "me")
LEAVING = Lease("shard", 7, "new", checkpoint_owner="me")


@pytest.mark.parametrize(
    ("before", "now", "is_last", "found"),
    [
        (MINE, Lease("shard", 8, "me"), False, Standing.WRITTEN),
        (MINE, Lease("shard", 7, "me"), False, Standing.NOT_WRITTEN),
        (MINE, Lease("shard", 7, "new", checkpoint_owner="me"), False, Standing.NOT_WRITTEN),
        (MINE, Lease("shard", 8, "new", checkpoint_owner="me"), False, Standing.WRITTEN),
        (MINE, Lease("shard", 8, "new"), False, Standing.TAKEN),
        (MINE, Lease("shard", 8), True, Standing.WRITTEN),
        (MINE, Lease("shard", 8, "me"), True, Standing.RENEWED),
        (MINE, Lease("shard", 9, "me"), False, Standing.TAKEN),
        (MINE, None, False, Standing.DELETED),
        (LEAVING, Lease("shard", 8, "new", checkpoint_owner="me"), False, Standing.WRITTEN),
        (LEAVING, Lease("shard", 8, "new"), True, Standing.WRITTEN),
        (LEAVING, Lease("shard", 8, "kcl2", checkpoint_owner="me"), False, Standing.TAKEN),
        (LEAVING, Lease("shard", 7, "third"), False, Standing.TAKEN),
        (LEAVING, Lease("shard", 8, "", checkpoint_owner="me"), False, Standing.WRITTEN),
    ],
)
def test_the_row_says_what_became_of_a_write(before: Lease, now: Lease | None, is_last: bool, found: Standing) -> None:
    assert standing(before, now, "me", is_last=is_last).standing is found
