"""Which settings are in force: a reload that fails goes back, one that once worked stays."""

from __future__ import annotations

import pytest

from doubles.process.settings_generation import numbered
from punctuald.policy.pool.generations import Verdict
from punctuald.process.supervisor.generations import Announcement, Generations


@pytest.fixture
def generations() -> Generations:
    return Generations(numbered(1))


def test_the_first_settings_that_are_refused_end_the_daemon(generations: Generations) -> None:
    assert generations.refused() is Verdict.END


def test_what_was_proven_stays_however_often_it_is_refused(generations: Generations) -> None:
    generations.worker_ready(1)
    assert [generations.refused(), generations.not_started(), generations.refused()] == [Verdict.STAYS] * 3


def test_a_reload_that_fails_goes_back_and_its_number_is_not_used_again(generations: Generations) -> None:
    generations.worker_ready(1)
    generations.install(numbered(2))
    assert generations.refused() is Verdict.ROLL_BACK
    assert (generations.in_force.number, generations.next_number) == (1, 3)
    assert generations.refused() is Verdict.STAYS, "it had been proven before"


def test_a_queue_that_ran_before_a_reload_and_is_refused_since_rolls_it_back(generations: Generations) -> None:
    generations.worker_ready(1)
    generations.install(numbered(2), {"orders"})
    assert generations.refused_queue("new") is Verdict.STAYS
    assert generations.refused_queue("orders") is Verdict.ROLL_BACK
    assert generations.in_force.number == 1
    assert generations.refused_queue("orders") is Verdict.STAYS, "and is an outage from then on"


def test_a_queue_that_was_unavailable_before_a_reload_says_nothing_against_it(generations: Generations) -> None:
    generations.worker_ready(1)
    generations.install(numbered(2), {"others"})
    assert generations.refused_queue("orders") is Verdict.STAYS
    assert generations.in_force.number == 2


def test_what_ran_before_the_first_of_two_reloads_counts_for_the_second(generations: Generations) -> None:
    generations.worker_ready(1)
    generations.install(numbered(2), {"orders"})
    generations.install(numbered(3), ())
    assert generations.refused_queue("orders") is Verdict.ROLL_BACK
    assert generations.in_force.number == 1


def test_once_a_reload_is_proven_or_without_one_a_refused_queue_is_an_outage(generations: Generations) -> None:
    assert generations.refused_queue("orders") is Verdict.STAYS
    generations.worker_ready(1)
    generations.install(numbered(2), {"orders"})
    generations.worker_ready(2)
    assert generations.refused_queue("orders") is Verdict.STAYS


def test_a_worker_of_the_generation_before_proves_nothing(generations: Generations) -> None:
    generations.install(numbered(2))
    generations.worker_ready(1)
    assert generations.not_started() is Verdict.ROLL_BACK


def test_two_reloads_that_fail_one_after_the_other_go_back_to_what_was_before_both(generations: Generations) -> None:
    generations.worker_ready(1)
    generations.install(numbered(2))
    generations.install(numbered(3))
    assert generations.refused() is Verdict.ROLL_BACK
    assert generations.in_force.number == 1


def test_the_daemon_is_ready_once_and_each_later_generation_completes_a_reload(generations: Generations) -> None:
    assert (generations.announce(0), generations.announce(1), generations.announce(1)) == (
        None,
        Announcement.CAME_UP,
        None,
    )
    generations.install(numbered(2))
    assert generations.announce(2) is Announcement.RELOADED
    generations.install(numbered(3))
    generations.not_started()
    assert generations.announce(1) is Announcement.ROLLED_BACK, "the one before serves again"
    generations.install(numbered(4))
    assert generations.announce(1) is Announcement.RELOADED


def test_a_reload_before_the_daemon_was_ready_and_its_roll_back_are_part_of_coming_up(generations: Generations) -> None:
    generations.install(numbered(2))
    generations.not_started()
    assert generations.announce(1) is Announcement.CAME_UP
