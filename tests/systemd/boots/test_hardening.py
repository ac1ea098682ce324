"""What the unit shuts out, and what a daemon and its handlers can do all the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from systemd.service import Service

TRIES_ALL = """
import ctypes, json, mmap, multiprocessing, os, socket, sqlite3, subprocess, sys, tempfile, threading
from multiprocessing import shared_memory
from pathlib import Path
from punctuald import Message

ADDRESS = {address!r}

def connect():
    socket.create_connection(ADDRESS, 5).close()

def unix_sockets():
    one, other = socket.socketpair()
    one.send(b"x")
    assert other.recv(1) == b"x"

def resolve():
    assert socket.getaddrinfo("localhost", 80)

def listen():
    socket.create_server(("127.0.0.1", 0)).close()

def interfaces():
    assert socket.if_nameindex()

def program_in_a_session():
    assert subprocess.run(["sh", "-c", "echo $$"], start_new_session=True, capture_output=True, check=True).stdout

def processes():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(abs, [-1]) == [1]

def shared():
    block = shared_memory.SharedMemory(create=True, size=100)
    block.close()
    block.unlink()

def memory_file():
    os.close(os.memfd_create("x"))

def executable_memory():
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()

def nicer():
    os.setpriority(os.PRIO_PROCESS, 0, 5)

def pinned():
    os.sched_setaffinity(0, os.sched_getaffinity(0))

def own_memory():
    import psutil
    assert psutil.Process().memory_full_info().pss > 0

def parents_memory():
    import psutil
    assert psutil.Process(os.getppid()).memory_full_info().pss > 0

def database():
    sqlite3.connect(Path(os.environ["STATE_DIRECTORY"]) / "a.db").execute("create table if not exists t (x)")

def temporary_file():
    tempfile.NamedTemporaryFile(dir="/tmp").close()

def home():
    assert os.listdir("/root")

def configuration_written():
    Path("/etc/punctuald/x").write_text("")

def program_written():
    Path("/opt/punctuald/x").write_text("")

def owner():
    path = Path(tempfile.mkdtemp(dir="/tmp"))
    os.chown(path, 0, 0)

def another_user():
    os.setuid(0)

def namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000):
        raise OSError(ctypes.get_errno(), "unshare")

def kernel_variable():
    Path("/proc/sys/kernel/hostname").write_text("x")

def strangers():
    assert [pid for pid in os.listdir("/proc") if pid == "1"]

def host_name():
    socket.sethostname("x")

def packets():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)

def realtime():
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))

def handle(message: Message) -> None:
    try:
        globals()[message.body]()
    except Exception as error:
        said = repr(error)
    else:
        said = "done"
    print(json.dumps([message.body, said]))
"""
WORKS = [
    "connect",
    "unix_sockets",
    "resolve",
    "listen",
    "interfaces",
    "program_in_a_session",
    "processes",
    "shared",
    "memory_file",
    "executable_memory",
    "nicer",
    "pinned",
    "own_memory",
    "parents_memory",
    "database",
    "temporary_file",
]
SHUT_OUT = [
    "home",
    "configuration_written",
    "program_written",
    "owner",
    "another_user",
    "namespace",
    "kernel_variable",
    "strangers",
    "host_name",
    "packets",
    "realtime",
]


def tried(service: Service, names: list[str]) -> dict[str, str]:
    """What became of each."""
    host, port = service.endpoint
    service.configure(TRIES_ALL.replace("{address!r}", repr((host, port))))
    service.start()
    service.wait_done(service.send_bodies(names))
    said: list[Any] = [json.loads(event["line"]) for event in service.events("handler.output")]
    return dict(said)


def test_a_handler_can_do_what_handlers_do(service: Service) -> None:
    assert tried(service, WORKS) == dict.fromkeys(WORKS, "done")


def test_it_can_not_do_what_none_has_to(service: Service) -> None:
    assert [name for name, said in tried(service, SHUT_OUT).items() if said == "done"] == []


@pytest.mark.parametrize("instance", ["punctuald", "punctuald@orders"])
def test_systemd_finds_little_of_the_machine_exposed(instance: str, service: Service) -> None:
    said = service.box.run("systemd-analyze", "security", "--no-pager", f"{instance}.service").splitlines()[-1]
    assert float(said.partition("service: ")[2].split()[0]) <= 1.2
