"""What is on the screen, at the sizes that people have."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from doubles.status_documents import decision, document, pool, queue, tier, worker
from punctuald.view.terminal.human import UNKNOWN
from punctuald.view.terminal.top.screen import News, Size, top_screen
from punctuald.view.terminal.top.viewing import Viewing

SMALL = Size(80, 24)
LARGE = Size(120, 40)

LONG = "a-long-name" * 10
CROWDED = document(
    pool=pool(workers_ready=56, workers_draining=8, max_workers=64),
    workers=[worker(index, state="draining" if index % 8 == 7 else "ready") for index in range(64)],
    queues=[queue(f"queue-{number}") for number in range(12)],
    tiers=[*(tier(f"tier-{number}") for number in range(8)), tier("tier-late", violated=True)],
    decisions=[decision(number, reason=f"reason-{number}") for number in range(20)],
)


def plain(size: Size, news: Any = None, viewing: Viewing | None = None, **fields: Any) -> list[str]:
    said = News(document() if news is None else news, **fields)
    return [line.plain for line in top_screen(said, viewing or Viewing(), size)]


def column(lines: list[str], title: str) -> list[str]:
    """The first words of the lines below that title."""
    start = next(at for at, line in enumerate(lines) if line.split()[:1] == [title])
    return [line.strip("> ").split()[0] for line in lines[start + 1 :] if line.strip()]


SMALL_SCREEN = """\
punctuald 0.1.0  on vm1  pid 4711  running  up 12.30 s  generation 1
workers 4 ready  4 wanted (auto, 1 to 8)  slots 3/16 busy
/etc/punctuald/config.toml  as of 16:00:00 UTC
QUEUE      STATE        DEPTH FLIGHT HEAD AGE   IN/S DONE/S FAILED
> orders   available       12      3   800 ms   20.1   19.9      3
  invoices available       12      3   800 ms   20.1   19.9      3
  reports  unavailable     12      3   800 ms   20.1   19.9      3
  reports: access denied

TIER   WITHIN      P50      P95      P99 OVERDUE  ON TIME  BUDGET VIOLATED
peak   3.00 s  100 ms   300 ms   500 ms        0  99.90 %    90 % no
night  1m 00s  100 ms   300 ms   500 ms        0  99.90 %    90 % no

  #     PID STATE          BUSY HELD DONE/S    LAG   SINCE MESSAGE
  0    4713 ready           1/4    0   12.5 2.0 ms  310 ms orders 5d3f0c1a-0000
  1    4714 ready           1/4    0   12.5 2.0 ms  310 ms orders 5d3f0c1a-0001
  2    4715 ready           1/4    0   12.5 2.0 ms  310 ms orders 5d3f0c1a-0002
  3    4716 ready           1/4    0   12.5 2.0 ms  310 ms orders 5d3f0c1a-0003

DECIDED  WORKERS HEAD AGE REASON
15:59:58       4   800 ms backlog
15:59:50       2   800 ms backlog

q quit  ? help  p pause  +/- scale  a auto  d drain  j/k queue"""


def test_a_usual_daemon_fits_a_usual_terminal() -> None:
    assert [line.rstrip() for line in plain(SMALL)] == SMALL_SCREEN.split("\n")


@pytest.mark.parametrize("size", [SMALL, LARGE, Size(60, 12), Size(200, 60), Size(10, 3), Size(1, 1)])
@pytest.mark.parametrize("news", [document(), CROWDED, {}], ids=["usual", "crowded", "empty"])
@pytest.mark.parametrize("viewing", [Viewing(), Viewing(shows_help=True), Viewing(first_worker=63, queue="queue-11")])
def test_a_screen_has_exactly_the_terminals_size(size: Size, news: Any, viewing: Viewing) -> None:
    lines = plain(size, news, viewing)
    assert [cell_len(line) for line in lines] == [size.width] * size.height


def test_a_larger_terminal_shows_more_columns() -> None:
    small, large = "\n".join(plain(SMALL)), "\n".join(plain(LARGE))
    for title in ("DELAYED", "RECV/S", "MESSAGES", "BURN", "HANDLED", "BEAT"):
        assert title not in small
        assert title in large


def test_where_all_have_too_many_each_section_has_its_part_and_says_what_is_not_shown() -> None:
    lines = plain(SMALL, CROWDED)
    text = "\n".join(lines)
    assert "  1 to 3 of 12 queues: j and k select" in text
    assert "  1 to 3 of 9 tiers, 0 of the others violated" in text
    assert "  1 to 5 of 64 workers: PgUp, PgDn (56 ready, 8 draining)" in text
    assert column(lines, "DECIDED")[:2] == ["15:59:58", "15:59:58"]
    assert "reason-19" in text


def test_a_tier_that_is_violated_is_shown_before_the_others_where_there_is_no_room_for_all() -> None:
    assert column(plain(SMALL, CROWDED), "TIER")[:3] == ["tier-late", "tier-0", "tier-1"]


def test_the_selected_queue_is_marked_and_on_the_screen() -> None:
    lines = plain(SMALL, CROWDED, Viewing(queue="queue-9"))
    assert [line for line in lines if line.startswith("> queue-9 ")]
    assert [line for line in lines if line.startswith("> ")] == [line for line in lines if "queue-9 " in line]


def test_the_selected_queues_trouble_is_said_else_that_of_the_first_one() -> None:
    queues = [queue("first", text="is away"), queue("second"), queue("third", text="is denied")]
    assert "  first: is away" in [
        line.rstrip() for line in plain(SMALL, document(queues=queues), Viewing(queue="second"))
    ]
    assert "  third: is denied" in [
        line.rstrip() for line in plain(SMALL, document(queues=queues), Viewing(queue="third"))
    ]


def test_the_list_of_workers_is_shown_from_where_it_was_scrolled_to_and_to_its_end() -> None:
    assert column(plain(SMALL, CROWDED, Viewing(first_worker=10)), "#")[:5] == ["10", "11", "12", "13", "14"]
    assert column(plain(SMALL, CROWDED, Viewing(first_worker=999)), "#")[:5] == ["59", "60", "61", "62", "63"]


def test_long_names_are_cut_and_numbers_stay() -> None:
    lines = plain(SMALL, document(queues=[queue(LONG)], tiers=[tier(LONG)]))
    [of_queue, of_tier] = [line for line in lines if "a-long" in line]
    assert of_queue.split()[2:4] == ["available", "12"]
    assert of_tier.split()[1:4] == ["3.00", "s", "100"]
    assert "…" in of_queue
    assert "…" in of_tier


def test_a_silent_daemon_is_said_to_be_silent_and_for_how_long() -> None:
    assert plain(SMALL, silent_seconds=2.9)[2].startswith("/etc/punctuald/config.toml")
    assert plain(SMALL, silent_seconds=3.9)[2].rstrip() == "no answer for 3 s"
    assert plain(SMALL, silent_seconds=65.0, error="\x1bgone")[2].rstrip() == "no answer for 1m 05s: \\x1bgone"


def test_the_third_line_has_the_most_urgent_of_what_there_is_to_say() -> None:
    refused = document(reload_failed="no [[queue]]")
    assert plain(SMALL, refused)[2].startswith("reload refused: no [[queue]]")
    assert plain(SMALL, refused, notice="5 workers")[2].startswith("5 workers")
    assert plain(SMALL, refused, notice="5 workers", silent_seconds=4.0)[2].startswith("no answer for 4 s")
    asked = plain(SMALL, refused, Viewing(confirms_drain=True), silent_seconds=4.0)
    assert asked[2].startswith("Drain, and end the daemon? y/n")


def test_the_footer_has_the_keys_and_what_p_would_do() -> None:
    assert "p pause" in plain(SMALL)[-1]
    assert "p resume" in plain(SMALL, document(queues=[queue(paused=True)]))[-1]
    assert plain(LARGE)[-1].rstrip().endswith("PgUp/PgDn workers")
    assert plain(Size(20, 10))[-1].rstrip() == "q quit  ? help"


def test_help_fits_a_usual_terminal_and_names_every_column() -> None:
    text = "\n".join(plain(SMALL, viewing=Viewing(shows_help=True)))
    assert "…" not in text
    for word in ("PgUp", "BUDGET", "SINCE", "not known"):
        assert word in text


def test_what_is_not_known_is_a_dash() -> None:
    lines = plain(SMALL, document(queues=[queue(backlog=None, head_age_seconds=None, arrivals_per_second=None)]))
    [of_queue] = [line for line in lines if line.startswith("> orders")]
    assert " ".join(of_queue.split()) == f"> orders available {UNKNOWN} 3 {UNKNOWN} {UNKNOWN} 19.9 3"
