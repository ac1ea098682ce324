"""Which leases a worker takes, and of whom it asks one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from punctuald.policy.leases.ages import Ages
from punctuald.policy.leases.lease import Lease
from punctuald.policy.leases.shares import Claims, Fleet, Terms, claims

TERMS = Terms(failover_seconds=10, patience_seconds=0.75, force_seconds=15)


def of(owner: str, count: int) -> list[Lease]:
    return [Lease(f"{owner or 'free'}-{number}", 1, owner) for number in range(count)]


def decided(
    leases: Sequence[Lease],
    *,
    at: float = 0.0,
    held: Sequence[str] = (),
    members: int = 1,
    polite: Sequence[str] = (),
    dead: Sequence[str] = (),
    takers: Sequence[str] = (),
    terms: Terms = TERMS,
) -> Claims:
    """What `me` does, ``at`` so many seconds after it first saw these rows stand still."""
    ages = Ages()
    readable = frozenset(lease.shard for lease in leases)
    ages.look(leases, readable, 100.0)
    fleet = Fleet(
        "me", leases, readable, frozenset(held), ages, members, frozenset(polite), frozenset(dead), frozenset(takers)
    )
    return claims(fleet, terms, 100.0 + at)


def test_what_is_free_is_taken_up_to_the_share_and_beyond_it_after_a_patience() -> None:
    leases = [*of("", 4), *of("other", 2)]
    first = decided(leases)
    assert (len(first.take), first.target, first.live, first.again_mono) == (3, 3, 2, 100.75)
    assert len(decided(leases, at=0.75).take) == 4


def test_a_lease_expires_to_the_moment() -> None:
    leases = of("dead", 2)
    assert decided(leases, at=9.9).take == ()
    assert decided(leases, at=9.9).again_mono == 110.0
    assert len(decided(leases, at=10.0).take) == 2


def test_workers_of_one_daemon_that_are_still_starting_are_left_their_share_for_a_failover_time() -> None:
    leases = of("", 8)
    assert len(decided(leases, members=4).take) == 2
    assert len(decided(leases, members=4, at=9.9).take) == 2
    assert len(decided(leases, members=4, at=10).take) == 8


def test_one_is_stolen_only_of_whoever_has_two_more() -> None:
    assert decided([*of("me", 2), *of("other", 3)], held=["me-0", "me-1"]).steal is None
    stolen = decided([*of("me", 1), *of("other", 3)], held=["me-0"]).steal
    assert stolen is not None
    assert stolen.owner == "other"


def test_nothing_is_stolen_while_one_is_under_way() -> None:
    asked = Lease("asked", 1, "me", checkpoint_owner="other")
    assert decided([asked, *of("other", 5)]).steal is None


def test_who_hands_over_is_asked_and_others_are_not() -> None:
    leases = of("other", 2)
    assert decided(leases, polite=["other"]).ask is True
    assert decided(leases).ask is False


def test_a_dead_owner_has_no_share_and_nothing_is_stolen_from_it() -> None:
    leases = [*of("me", 1), *of("dead", 3)]
    later = decided(leases, held=["me-0"], at=10)
    assert (later.steal, later.live) == (None, 1)


def test_what_is_left_to_me_is_taken_when_nobody_reads_it_any_more() -> None:
    assert len(decided([Lease("left", 1, "me")]).take) == 1
    handed = [Lease("handed", 1, "me", checkpoint_owner="other")]
    assert decided(handed, at=9).take == ()
    assert len(decided(handed, at=10).take) == 1, "its counter stands still"


def test_under_a_leader_nothing_is_stolen() -> None:
    led = Terms(failover_seconds=10, patience_seconds=0.75, force_seconds=15, may_steal=False)
    assert decided(of("other", 4), terms=led).steal is None


def test_two_workers_go_through_the_leases_in_different_orders() -> None:
    leases = [Lease(f"shard-{number}", 0) for number in range(12)]
    ages = Ages()
    shards = frozenset(lease.shard for lease in leases)
    ages.look(leases, shards, 0.0)
    orders = [
        claims(Fleet(me, leases, shards, frozenset(), ages, 1, frozenset()), TERMS, 0.0).take[:3] for me in ("a", "b")
    ]
    assert orders[0] != orders[1]


def test_who_is_known_to_be_dead_is_not_waited_for() -> None:
    leases = [*of("gone", 4), *of("other", 2)]
    claimed = decided(leases, dead=["gone"])
    assert ({lease.owner for lease in claimed.take}, len(claimed.take), claimed.live) == ({"gone"}, 3, 2)
    assert len(decided(leases, dead=["gone"], at=0.75).take) == 4


def test_what_a_dead_owner_was_asked_for_is_taken_at_once() -> None:
    asked = Lease("asked", 1, "me", checkpoint_owner="gone")
    assert decided([asked]).take == ()
    assert decided([asked], dead=["gone"]).take == (asked,)


def test_a_worker_of_kcl_3_that_has_two_less_is_given_one_of_ours() -> None:
    mine = of("me", 2)
    given = decided(mine, held=["me-0", "me-1"], takers=["java"])
    assert (given.give in mine, given.give_to, given.target, given.live) == (True, "java", 1, 2)


def test_nothing_is_given_to_who_has_one_less_nor_before_the_last_one_is_handed_over() -> None:
    held = ["me-0", "me-1"]
    assert decided([*of("me", 2), *of("java", 1)], held=held, takers=["java"]).give is None
    on_its_way = Lease("going", 1, "java", checkpoint_owner="me")
    assert decided([*of("me", 2), on_its_way], held=[*held, "going"], takers=["java"]).give is None


def test_where_the_leader_decides_nothing_is_given() -> None:
    led = replace(TERMS, may_steal=False)
    assert decided(of("me", 4), held=[f"me-{n}" for n in range(4)], takers=["java"], terms=led).give is None
