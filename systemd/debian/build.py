"""`make deb`: a Debian package of this checkout, `dist/punctuald_VERSION_ARCHITECTURE.deb`.

A virtual environment in /opt/punctuald/.venv, where the units expect it, with what Kafka and Kinesis need, in the
versions of the lock; Debian's own Python runs it. The same checkout makes the same bytes: every time is
SOURCE_DATE_EPOCH, the last commit's if it is not set. The development's environment runs this; it has hatchling and uv.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
LOCK = CHECKOUT / ".requirements" / "dev.lock"
PLACE = Path("opt/punctuald")
DOCUMENTS = Path("usr/share/doc/punctuald")
EXTRAS = "kafka,kinesis"
SCRIPTS = ("postinst", "prerm", "postrm")
OF_THE_BUILD = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
"""In a package's *.dist-info: about its installation on the machine that builds. dpkg has a list of its own."""
SCRIPT = "#!/opt/punctuald/.venv/bin/python\nimport sys\n\nfrom punctuald.cli import main\n\nsys.exit(main())\n"
CHANGES = """\
punctuald ({version}) stable; urgency=medium

  * changelog.gz beside this file says what is new.

 -- {maintainer}  {date}
"""
MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_")


def main() -> None:
    arguments = _arguments()
    python = _interpreter(arguments.python)
    os.environ.setdefault("SOURCE_DATE_EPOCH", _output("git", "-C", str(CHECKOUT), "log", "-1", "--format=%ct"))
    stage = arguments.stage.resolve()
    root = stage / "root"
    shutil.rmtree(stage, ignore_errors=True)
    wheel = _wheel(stage)
    version = f"{_debian_version(wheel.name.split('-')[1])}-{arguments.revision}"
    _environment(root / PLACE / ".venv", wheel, python)
    _files(root)
    _compile(root, python)
    _control(root, version, python)
    _documents(root, version)
    _sums(root)
    _modes(root)
    package = arguments.output / f"punctuald_{version}_{_architecture()}.deb"
    package.parent.mkdir(parents=True, exist_ok=True)
    _call("dpkg-deb", "--root-owner-group", f"-Z{arguments.compression}", "--build", str(root), str(package))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="/usr/bin/python3", help="Debian's Python that will run it (%(default)s)")
    parser.add_argument("--revision", default="1", help="what follows the version (%(default)s)")
    parser.add_argument("--output", type=Path, default=CHECKOUT / "dist", help="where it is put (%(default)s)")
    parser.add_argument(
        "--stage", type=Path, default=CHECKOUT / "build" / "deb", help="where it is built (%(default)s)"
    )
    parser.add_argument("--compression", default="xz", choices=("xz", "none"), help="of its files (%(default)s)")
    return parser.parse_args()


def _interpreter(name: str) -> Path:
    """By its full name, /usr/bin/python3.11: wheels with compiled code fit that one alone."""
    path = Path(name).resolve()
    if path.parent != Path("/usr/bin") or not re.fullmatch(r"python3\.\d+", path.name):
        sys.exit(
            f"make deb: {name} is no Python of Debian's own: say DEB_PYTHON=/usr/bin/python3 (apt-get install python3)"
        )
    return path


def _architecture() -> str:
    return _output("dpkg", "--print-architecture")


def _debian_version(version: str) -> str:
    """Of a Python version; 1.0rc1 comes before 1.0, so it is 1.0~rc1."""
    return re.sub(r"(?<=\d)\.?((?:a|b|rc|dev)\d+)", r"~\1", version)


# --- what is installed


def _wheel(stage: Path) -> Path:
    _call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(stage), cwd=CHECKOUT)
    [wheel] = stage.glob("*.whl")
    return wheel


def _environment(venv: Path, wheel: Path, python: Path) -> None:
    """What `python -m venv` and pip make, but with the paths of where it will be."""
    site = venv / "lib" / python.name / "site-packages"
    uv = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--link-mode", "copy"]
    where = ["--python", str(python), "--target", str(site)]
    which = ["--only-binary", ":all:", "--constraint", str(LOCK), f"punctuald[{EXTRAS}] @ {wheel.as_uri()}"]
    _call(*uv, *where, *which)
    _without_traces(site)
    (venv / "bin").mkdir()
    (venv / "bin" / "python").symlink_to(python)
    _write(venv / "bin" / "punctuald", SCRIPT)
    _write(venv / "pyvenv.cfg", f"home = {python.parent}\ninclude-system-site-packages = false\n")


def _without_traces(site: Path) -> None:
    """Without what differs from one building machine to the next."""
    shutil.rmtree(site / "bin", ignore_errors=True)
    (site / ".lock").unlink(missing_ok=True)
    for found in [path for name in OF_THE_BUILD for path in site.glob(f"*.dist-info/{name}")]:
        found.unlink()


def _files(root: Path) -> None:
    """What lies beside the environment."""
    for unit in (CHECKOUT / "systemd").glob("*.service"):
        _write(
            root / "lib/systemd/system" / unit.name,
            unit.read_text(encoding="utf-8").replace("/etc/systemd", "/lib/systemd"),
        )
    _copy(CHECKOUT / "systemd" / "punctuald.sysusers", root / "usr/lib/sysusers.d/punctuald.conf")
    _copy(HERE / "environment", root / "etc/punctuald/environment")
    _copy(HERE / "lintian-overrides", root / "usr/share/lintian/overrides/punctuald")
    # Examples in docs/ that a test has imported left bytecode beside them, which says where.
    shutil.copytree(CHECKOUT / "docs", root / PLACE / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/punctuald").symlink_to("/" / PLACE / ".venv/bin/punctuald")


def _compile(root: Path, python: Path) -> None:
    """Bytecode is part of the package, as the daemon's user can't write it. A source's hash says whether it is valid:
    all sources get one time."""
    where = ["-s", str(root), "-p", "/", str(root / PLACE)]
    _call(str(python), "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", *where)


def _documents(root: Path, version: str) -> None:
    date = formatdate(int(os.environ["SOURCE_DATE_EPOCH"]))
    maintainer = re.findall(r"^Maintainer: (.+)$", _text(HERE / "control"), re.MULTILINE)[0]
    _copy(HERE / "copyright", root / DOCUMENTS / "copyright")
    _gzip(root / DOCUMENTS / "changelog.gz", _text(CHECKOUT / "CHANGELOG.md"))
    _gzip(root / DOCUMENTS / "changelog.Debian.gz", CHANGES.format(version=version, maintainer=maintainer, date=date))


# --- what dpkg reads


def _control(root: Path, version: str, python: Path) -> None:
    site = root / PLACE / ".venv" / "lib" / python.name / "site-packages"
    kibibytes = sum(path.lstat().st_size for path in _regular(root)) // 1024
    given = {"version": version, "architecture": _architecture(), "python": python.name, "libc": _oldest_libc(site)}
    _write(root / "DEBIAN" / "control", _text(HERE / "control").format(**given, kibibytes=kibibytes))
    _write(root / "DEBIAN" / "conffiles", "/etc/punctuald/environment\n")
    for script in SCRIPTS:
        _copy(HERE / script, root / "DEBIAN" / script)


def _oldest_libc(site: Path) -> str:
    """The glibc that every wheel of the environment works with, by the tags of each."""
    needed = [(2, 17)]
    for tags in site.glob("*.dist-info/WHEEL"):
        versions = [(int(major), int(minor)) for major, minor in MANYLINUX.findall(_text(tags))]
        needed += [min(versions)] if versions else []
    return ".".join(map(str, max(needed)))


def _sums(root: Path) -> None:
    paths = [path for path in _regular(root) if root / "DEBIAN" not in path.parents]
    lines = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(root)}\n"
        for path in paths
    ]
    _write(root / "DEBIAN" / "md5sums", "".join(lines))


def _modes(root: Path) -> None:
    """Whatever umask and wheels say: everybody reads, programs are run, only root sees credentials; and no time is the
    checkout's, as dpkg-deb itself changes only those that are later than SOURCE_DATE_EPOCH."""
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    programs = {root / "DEBIAN" / script for script in SCRIPTS} | {root / PLACE / ".venv/bin/punctuald"}
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path in programs else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)
    (root / "etc/punctuald/environment").chmod(0o600)


# --- files and programs


def _regular(root: Path) -> Iterator[Path]:
    """In an order that is the same on every machine."""
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    _write(target, _text(source))


def _gzip(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _call(*command: str, cwd: Path | None = None) -> None:
    """Ends the build where the program fails; it has said why."""
    status = subprocess.run(command, cwd=cwd, check=False).returncode
    if status:
        sys.exit(f"make deb: {' '.join(command[:3])} … failed with status {status}")


def _output(*command: str) -> str:
    return subprocess.check_output(command, text=True).strip()


if __name__ == "__main__":
    main()
