"""Limits as the kernel will enforce them, read from a file tree that looks like its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from punctuald.clock import ManualClock
from punctuald.process.autoscaler.host_resources import HostResources
from punctuald.process.worker.memory import own_memory_bytes, threads_of

MIB = 1 << 20
HOST_AVAILABLE = 8 << 30
MEMINFO = "".join(
    f"{name}: {HOST_AVAILABLE >> 10} kB\n"
    for name in [
        "MemTotal",
        "MemFree",
        "MemAvailable",
        "Buffers",
        "Cached",
        "Shmem",
        "Active",
        "Inactive",
        "Slab",
        "SReclaimable",
    ]
)
#                    user nice system idle iowait irq softirq steal guest guest_nice
STAT_BEFORE = (
    "cpu  1000 10 500 8000 90 0 0 0 700 0\n"
    "cpu0 500 5 250 4000 45 0 0 0 350 0\n"
    "cpu2 500 5 250 4000 45 0 0 0 350 0\n"  # the second of three is switched off
    "intr 1 2 3\n"
)
STAT_AFTER = (
    "cpu  1030 10 510 8050 100 0 0 0 720 0\n"
    "cpu0 520 5 260 4016 49 0 0 0 360 0\n"
    "cpu2 510 5 250 4034 51 0 0 0 360 0\n"
    "intr 1 2 3\n"
)
HOST_SHARE = 0.4  # 40 of 100 ticks: waiting for a disk is idle, and a guest's time is in «user» already
SHARE_OF_CPU_0, SHARE_OF_CPU_2 = 0.6, 0.2

Build = Callable[..., HostResources]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def host(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Build:
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path / "proc"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2})

    def build(files: Mapping[str, str], membership: str = "0::/system/us\n") -> HostResources:
        host = {"proc/meminfo": MEMINFO, "proc/stat": STAT_BEFORE}
        write(tmp_path, {**host, "proc/self/cgroup": membership, **files})
        built = HostResources(clock, cgroups=tmp_path)
        write(tmp_path, {"proc/stat": STAT_AFTER})
        return built

    return build


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_without_limits_the_host_is_ours(host: Build) -> None:
    ours = host({"system/us/memory.max": "max\n", "system/us/cpu.max": "max 100000\n"})
    assert ours.memory_available_bytes() == HOST_AVAILABLE
    assert ours.cpu_share() == pytest.approx(HOST_SHARE)


def test_where_the_kernel_shows_no_cgroups_the_host_is_ours(host: Build) -> None:
    ours = host({}, membership="0::/nowhere\n")
    assert ours.memory_available_bytes() == HOST_AVAILABLE
    assert ours.cpu_share() == pytest.approx(HOST_SHARE)


@pytest.mark.parametrize(("cpus", "share"), [({0}, SHARE_OF_CPU_0), ({2}, SHARE_OF_CPU_2), ({0, 1, 2}, HOST_SHARE)])
def test_only_the_processors_that_we_may_run_on_are_ours(
    cpus: set[int], share: float, host: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cpus)
    assert host({}).cpu_share() == pytest.approx(share)


@pytest.mark.parametrize(("used_seconds", "share"), [(1, SHARE_OF_CPU_0), (7, 0.7)])
def test_of_a_quota_and_of_some_processors_the_one_that_is_nearer_to_its_end_counts(
    used_seconds: int, share: float, host: Build, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    ours = host({"system/us/cpu.max": "200000 100000\n", "system/us/cpu.stat": "usage_usec 0\n"})
    clock.advance(5)
    write(tmp_path, {"system/us/cpu.stat": f"usage_usec {used_seconds * 1_000_000}\n"})
    assert ours.cpu_share() == pytest.approx(share)


def test_processors_that_are_taken_from_us_begin_anew(host: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = host({})
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert ours.cpu_share() is None
    assert ours.cpu_share() == 0.0


def test_where_the_kernel_shows_nothing_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path / "none"))
    blind = HostResources(ManualClock(), cgroups=tmp_path / "none")
    assert (blind.cpu_share(), blind.memory_available_bytes()) == (None, None)


def test_of_a_memory_limit_what_is_used_is_gone_but_the_page_cache_can_be_had_again(host: Build) -> None:
    ours = host(
        {
            "system/us/memory.max": str(512 * MIB),
            "system/us/memory.current": str(300 * MIB),
            "system/us/memory.stat": f"anon 5\ninactive_file {100 * MIB}\n",
        }
    )
    assert ours.memory_available_bytes() == 312 * MIB


def test_the_tightest_limit_on_the_way_up_is_the_one_that_holds(host: Build) -> None:
    ours = host(
        {
            "system/us/memory.max": str(512 * MIB),
            "system/us/memory.current": str(1 * MIB),
            "system/memory.max": str(100 * MIB),
            "system/memory.current": str(90 * MIB),
        }
    )
    assert ours.memory_available_bytes() == 10 * MIB


def test_a_group_over_its_limit_has_nothing_left(host: Build) -> None:
    ours = host({"system/us/memory.max": "100", "system/us/memory.current": "200"})
    assert ours.memory_available_bytes() == 0


def test_of_a_limit_on_tasks_what_others_of_the_group_have_is_gone(host: Build) -> None:
    ours = host({"system/us/pids.max": "40\n", "system/us/pids.current": "35\n", "system/pids.max": "max\n"})
    assert ours.tasks_available() == 5
    assert host({"system/us/pids.max": "max\n"}).tasks_available() is None


def test_another_process_can_be_asked_about(host: Build, clock: ManualClock, tmp_path: Path) -> None:
    host({"system/them/pids.max": "9\n", "system/them/pids.current": "9\n", "proc/77/cgroup": "0::/system/them\n"})
    assert HostResources(clock, cgroups=tmp_path, pid=77).tasks_available() == 0


def test_a_cpu_share_is_what_was_used_since_the_last_look_of_what_is_allowed(
    host: Build, clock: ManualClock, tmp_path: Path
) -> None:
    ours = host({"system/us/cpu.max": "200000 100000\n", "system/us/cpu.stat": "usage_usec 1000000\nuser_usec 1\n"})
    assert ours.cpu_share() == 0.0  # no time passed yet
    clock.advance(2)
    write(tmp_path, {"system/us/cpu.stat": "usage_usec 4000000\n"})
    assert ours.cpu_share() == pytest.approx(0.75)  # 3 s of CPU in 2 s on 2 cores
    assert ours.cpu_share() == 0.0  # no time passed


def test_a_cpu_share_is_never_more_than_the_whole(host: Build, clock: ManualClock, tmp_path: Path) -> None:
    ours = host({"system/us/cpu.max": "50000 100000\n", "system/us/cpu.stat": "usage_usec 0\n"})
    ours.cpu_share()
    clock.advance(1)
    write(tmp_path, {"system/us/cpu.stat": "usage_usec 9000000\n"})
    assert ours.cpu_share() == 1.0


def test_the_limits_of_a_unit_of_systemds_are_seen(host: Build, clock: ManualClock, tmp_path: Path) -> None:
    """MemoryMax=400M, CPUQuota=20%, TasksMax=40, as a machine with version 2 has them (kernel's cgroup-v2.rst)."""
    unit = "system.slice/punctuald.service"
    used = "usage_usec {}\nuser_usec 0\nsystem_usec 0\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n"
    files = {"memory.max": "419430400\n", "memory.current": "104857600\n", "memory.high": "max\n"}
    files |= {"memory.stat": "anon 52428800\nfile 52428800\nkernel 4096\ninactive_anon 0\ninactive_file 10485760\n"}
    files |= {"cpu.max": "20000 100000\n", "cpu.stat": used.format(5_000_000), "cpu.weight": "100\n"}
    files |= {"pids.max": "40\n", "pids.current": "12\n", "pids.peak": "14\n"}
    above = {"memory.max": "max\n", "memory.current": "209715200\n", "cpu.max": "max 100000\n", "pids.max": "max\n"}
    ours = host(
        {f"{unit}/{name}": text for name, text in files.items()}
        | {f"system.slice/{name}": text for name, text in above.items()},
        membership=f"0::/{unit}\n",
    )
    clock.advance(10)
    write(tmp_path, {f"{unit}/cpu.stat": used.format(6_500_000)})
    assert ours.cpu_share() == pytest.approx(0.75)
    assert ours.memory_available_bytes() == 310 * MIB
    assert ours.tasks_available() == 28


def test_a_limit_above_us_is_held_against_all_that_run_under_it(
    host: Build, clock: ManualClock, tmp_path: Path
) -> None:
    ours = host(
        {
            "system/cpu.max": "200000 100000\n",
            "system/cpu.stat": "usage_usec 5000000\n",
            "system/us/cpu.max": "max 100000\n",
            "system/us/cpu.stat": "usage_usec 1000000\n",
        }
    )
    clock.advance(1)
    write(tmp_path, {"system/us/cpu.stat": "usage_usec 1100000\n", "system/cpu.stat": "usage_usec 6900000\n"})
    assert ours.cpu_share() == pytest.approx(0.95)  # siblings use nearly all of it


def test_of_two_limits_the_one_that_is_nearer_to_being_reached_counts(
    host: Build, clock: ManualClock, tmp_path: Path
) -> None:
    ours = host(
        {
            "system/cpu.max": "400000 100000\n",
            "system/cpu.stat": "usage_usec 0\n",
            "system/us/cpu.max": "100000 100000\n",
            "system/us/cpu.stat": "usage_usec 0\n",
        }
    )
    clock.advance(1)
    write(tmp_path, {"system/us/cpu.stat": "usage_usec 200000\n", "system/cpu.stat": "usage_usec 3000000\n"})
    assert ours.cpu_share() == pytest.approx(0.75)
    clock.advance(1)
    write(tmp_path, {"system/us/cpu.stat": "usage_usec 1100000\n", "system/cpu.stat": "usage_usec 4000000\n"})
    assert ours.cpu_share() == pytest.approx(0.9)


def test_a_limit_that_is_changed_is_noticed_within_ten_seconds(host: Build, clock: ManualClock, tmp_path: Path) -> None:
    ours = host({"system/us/memory.max": "max\n", "system/us/memory.current": str(40 * MIB)})
    write(tmp_path, {"system/us/memory.max": str(64 * MIB)})
    assert ours.memory_available_bytes() == HOST_AVAILABLE
    clock.advance(10)
    assert ours.memory_available_bytes() == 24 * MIB


def test_the_older_cgroups_are_read_controller_by_controller(host: Build, clock: ManualClock, tmp_path: Path) -> None:
    ours = host(
        {
            "cpu,cpuacct/us/cpu.cfs_quota_us": "100000\n",
            "cpu,cpuacct/us/cpu.cfs_period_us": "100000\n",
            "cpu,cpuacct/us/cpuacct.usage": "1000000000\n",
            "memory/us/memory.limit_in_bytes": str(64 * MIB),
            "memory/us/memory.usage_in_bytes": str(60 * MIB),
            "memory/memory.limit_in_bytes": str((1 << 63) - 4096),
            "memory/memory.usage_in_bytes": str(60 * MIB),
        },
        membership="5:cpu,cpuacct:/us\n4:memory:/us\n1:name=systemd:/us\n",
    )
    ours.cpu_share()
    clock.advance(4)
    write(tmp_path, {"cpu,cpuacct/us/cpuacct.usage": "2000000000\n"})
    assert ours.cpu_share() == pytest.approx(0.25)
    assert ours.memory_available_bytes() == 4 * MIB


def test_where_both_are_mounted_the_newer_has_what_a_quota_of_the_older_is_used_for(
    host: Build, clock: ManualClock, tmp_path: Path
) -> None:
    """As systemd has it in its hybrid mode; where cpu and cpuacct are mounted apart, it leaves cpuacct out."""
    ours = host(
        {
            "cpu/us/cpu.cfs_quota_us": "100000\n",
            "cpu/us/cpu.cfs_period_us": "100000\n",
            "cpu/us/cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n",
            "cpuacct/cpuacct.usage": "1000000000\n",
            "unified/us/cpu.stat": "usage_usec 1000000\n",
        },
        membership="2:cpuacct:/\n1:cpu:/us\n0::/us\n",
    )
    ours.cpu_share()
    clock.advance(4)
    write(tmp_path, {"unified/us/cpu.stat": "usage_usec 2000000\n"})
    assert ours.cpu_share() == pytest.approx(0.25)


def test_an_older_cgroup_without_a_quota_leaves_the_host_to_us(host: Build) -> None:
    files = {"cpu/us/cpu.cfs_quota_us": "-1\n", "cpu/us/cpu.cfs_period_us": "100000\n"}
    assert host(files, membership="5:cpu:/us\n").cpu_share() == pytest.approx(HOST_SHARE)


@pytest.mark.parametrize("membership", ["0::/system/us\n", "8:pids:/system/us\n"])
def test_room_for_threads_is_what_the_tightest_limit_on_the_way_up_leaves(membership: str, host: Build) -> None:
    base = "pids/" if "pids" in membership else ""
    ours = host(
        {
            f"{base}system/us/pids.max": "max\n",
            f"{base}system/us/pids.current": "7\n",
            f"{base}system/pids.max": "40\n",
            f"{base}system/pids.current": "30\n",
        },
        membership=membership,
    )
    assert ours.tasks_available() == 10


def test_a_process_has_some_memory_of_its_own() -> None:
    assert MIB < own_memory_bytes() == pytest.approx(own_memory_bytes(os.getpid()), rel=0.1)


def test_a_process_has_its_threads() -> None:
    threads = threads_of(os.getpid())
    done = threading.Event()
    another = threading.Thread(target=done.wait)
    another.start()
    try:
        assert threads_of(os.getpid()) == threads + 1
    finally:
        done.set()
        another.join()


@pytest.mark.parametrize("measure", [own_memory_bytes, threads_of])
def test_of_a_process_that_is_gone_its_size_is_an_error(measure: Callable[[int], int]) -> None:
    with pytest.raises(OSError, match="not found"):
        measure(1 << 22)  # above the highest pid that Linux gives
