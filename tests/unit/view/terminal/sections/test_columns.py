from __future__ import annotations

from rich.text import Text

from punctuald.view.terminal.sections.columns import Column, table_lines

COLUMNS = (Column("NAME", justify="left"), Column("COUNT", 5), Column("MORE", 4, from_width=30))


def plain(rows: list[list[str | Text]], width: int) -> list[str]:
    return [line.plain for line in table_lines(COLUMNS, rows, width)]


def test_numbers_stand_below_one_another_and_names_take_what_they_need() -> None:
    assert plain([["orders", "7", "x"], ["a", "1234", "y"]], 40) == [
        "NAME   COUNT MORE",
        "orders     7    x",
        "a       1234    y",
    ]


def test_a_column_that_has_no_room_is_left_out_and_a_long_name_is_cut() -> None:
    assert plain([["a-very-long-name-indeed", "7", "x"]], 20) == ["NAME           COUNT", "a-very-long-n…     7"]


def test_a_wide_character_takes_two_cells() -> None:
    assert plain([["本本本本本本本本本本", "7", "x"]], 16)[1] == "本本本本 …     7"


def test_a_cell_that_is_given_is_not_changed() -> None:
    cell = Text("a-very-long-name-indeed")
    plain([[cell, "7", "x"]], 16)
    assert cell.plain == "a-very-long-name-indeed"
