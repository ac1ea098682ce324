"""Who has not renewed a lease for most of a failover time is remembered for a while, whoever has the lease by then."""

from __future__ import annotations

from punctuald.policy.leases.ages import Ages
from punctuald.policy.leases.lease import Lease
from punctuald.policy.leases.silence import Silence


def test_an_owner_is_silent_when_its_lease_has_stood_still_for_most_of_a_failover_time_and_for_a_while_after() -> None:
    ages, silence = Ages(), Silence(failover_seconds=10, remembered_seconds=60)
    lost, taken = Lease("s", 1, "java"), Lease("s", 2, "ours")

    def look(lease: Lease, now_mono: float) -> frozenset[str]:
        ages.look([lease], frozenset({"s"}), now_mono)
        silence.look([lease], ages, now_mono)
        return silence.lately(now_mono)

    assert [look(lost, at) for at in (0.0, 7.9)] == [frozenset()] * 2
    assert look(lost, 8.1) == {"java"}
    assert [look(taken, at) for at in (10.0, 15.0)] == [{"java"}] * 2
    assert silence.lately(68.0) == {"java"}
    assert silence.lately(68.2) == frozenset()


def test_of_a_lease_that_is_handed_over_it_is_the_actual_owner_that_is_silent() -> None:
    ages, silence = Ages(), Silence(failover_seconds=10, remembered_seconds=60)
    lease = Lease("s", 1, "new", checkpoint_owner="old")
    ages.look([lease], frozenset({"s"}), 0.0)
    silence.look([lease], ages, 9.0)
    assert silence.lately(9.0) == {"old"}
