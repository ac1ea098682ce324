"""What the machine is, that all other tests here stand on; and that this one does not feel it."""

from __future__ import annotations

from pathlib import Path

from systemd.box import Box

OF_THIS_MACHINE = [Path("/dev/log"), Path("/run/systemd/journal"), Path("/etc/systemd/system/greet.service")]


def test_systemd_is_its_first_process_and_runs_units(box: Box) -> None:
    box.write("/etc/systemd/system/greet.service", "[Service]\nType=oneshot\nExecStart=/bin/echo hello from inside\n")
    before = [path.exists() for path in OF_THIS_MACHINE]
    box.run("systemctl", "start", "greet")
    assert box.run("ps", "-p", "1", "-o", "comm=").strip() == "systemd"
    assert "hello from inside" in box.run("journalctl", "-u", "greet", "-o", "cat")
    assert [path.exists() for path in OF_THIS_MACHINE] == before


def test_the_kernels_variables_can_not_be_set_from_there(box: Box) -> None:
    assert "Read-only file system" in box.call("sh", "-c", "echo box > /proc/sys/kernel/hostname").stdout


def test_the_limits_of_a_unit_are_the_kernels(box: Box) -> None:
    limits = ["-p", "MemoryMax=100M", "-p", "CPUQuota=50%", "-p", "TasksMax=17"]
    files = "memory/$own/memory.limit_in_bytes", "cpu/$own/cpu.cfs_quota_us", "pids/$own/pids.max"
    show = f"cd /sys/fs/cgroup; own=$(grep :memory: /proc/self/cgroup | cut -d: -f3); cat {' '.join(files)}"
    said = box.run("systemd-run", "--wait", "--pipe", "--quiet", *limits, "sh", "-c", show)
    assert said.split() == [str(100 << 20), "50000", "17"]
