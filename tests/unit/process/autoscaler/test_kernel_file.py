from __future__ import annotations

from pathlib import Path

import pytest

from punctuald.process.autoscaler.kernel_file import KernelFile, open_first


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "memory.current"
    path.write_text("1\n")
    file = KernelFile(path)
    before = file.number()
    path.write_text("20\n")
    assert (before, file.number()) == (1, 20)


@pytest.mark.parametrize(("text", "number"), [("12\n", 12), ("-1\n", -1), ("max\n", None), ("", None), ("1 2\n", None)])
def test_a_word_is_no_number(tmp_path: Path, text: str, number: int | None) -> None:
    (tmp_path / "file").write_text(text)
    assert KernelFile(tmp_path / "file").number() == number


def test_a_field_is_found_by_its_whole_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("usage_usec_all 1\nusage_usec 2\nMemAvailable:   30 kB\n")
    file = KernelFile(tmp_path / "file")
    assert (file.field("usage_usec"), file.field("MemAvailable:"), file.field("none")) == (2, 30, None)


def test_the_first_that_is_there_is_taken(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("2")
    (tmp_path / "c").write_text("3")
    first = open_first([tmp_path / "a", tmp_path / "b", tmp_path / "c"])
    assert first is not None
    assert first.number() == 2
    assert open_first([tmp_path / "a"]) is None
