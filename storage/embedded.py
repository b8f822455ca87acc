"""The PostgreSQL that comes with Regulars: durable, started and stopped with the server."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Self

from storage import postgres
from storage.postgres import Account, Cluster, PostgresError

__all__ = ["Embedded", "FolderInUse", "PostgresError", "reach"]

log = logging.getLogger(__name__)

ELSEWHERE = Path("/var/lib/regulars")
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds before a PostgreSQL that died starts again
STEADY = 2.0  # seconds it has to run for the next death to be the first
LOG_LIMIT = 10_000_000  # bytes; then a new log is begun


class FolderInUse(PostgresError):
    """Another server works on this folder."""


class Embedded:
    """One folder's PostgreSQL, held by this process until `stop`.

    The data, its password (mode 0600) and PostgreSQL's own log are in the folder. What an earlier
    owner that was killed left running is stopped first; PostgreSQL replays what it had promised.
    """

    def __init__(self, folder: Path, cluster: Cluster, lock: int) -> None:
        self.folder = folder
        """Where the data really is; elsewhere than asked when PostgreSQL may not enter there."""
        self.dsn = ""
        self._cluster = cluster
        self._lock = lock
        self._stopping = threading.Event()

    @classmethod
    def start(
        cls,
        asked: Path,
        say: Callable[[str], None] = lambda sentence: None,
        *,
        more: Sequence[str] = (),
    ) -> Self:
        """Start the folder's PostgreSQL, made first if there is none; ready for connections.

        Refuses a folder another server works on. `say` is told what takes a while or surprises.
        Who connects may do all in the database and nothing outside of it, but for what `more`
        allows: statements a superuser runs first.
        """
        try:
            folder, account = _prepare(asked.absolute(), say)
            lock = _lock(folder)
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}"
            raise PostgresError(f"DATA_DIR cannot be used: {reason}") from error
        try:
            found = Cluster(
                data=folder / "postgres",
                log=folder / "postgres.log",
                programs=postgres.programs(account, ELSEWHERE / "programs"),
                account=account,
            )
            here = cls(folder, found, lock)
            here._begin(say, more)
        except BaseException:
            os.close(lock)
            raise
        return here

    def stop(self) -> None:
        """Stop PostgreSQL cleanly and let go of the folder. Once is enough, twice is fine."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        postgres.stop(self._process)
        self._keeper.join(60)
        os.close(self._lock)

    def _begin(self, say: Callable[[str], None], more: Sequence[str]) -> None:
        cluster = self._cluster
        if not cluster.data.exists():
            say(f"Making a database in {cluster.data}")
            password = secrets.token_urlsafe(24)
            _write_password(self.folder, password)
            cluster.create(password, durable=True)
        if cluster.stop_orphans():
            say("Stopped a PostgreSQL that an earlier server had left behind")
        cluster.settle(*more)
        password = _read_password(self.folder)
        _shorten(cluster.log)
        port = postgres.free_port()
        self._process = cluster.start(port, {})
        self.dsn = cluster.dsn(password, port)
        self._keeper = threading.Thread(target=self._keep, args=(port,), daemon=True)
        self._keeper.start()

    def _keep(self, port: int) -> None:
        """Start PostgreSQL again, where it was, whenever it dies, for as long as it takes."""
        pause, began = 0.0, time.monotonic()
        while True:
            code = self._process.wait()
            if time.monotonic() - began > STEADY:
                pause = 0.0
            if self._stopping.wait(pause):
                return
            if pause < LONGEST_PAUSE:
                log.warning("PostgreSQL died (%s): starting it again", code)
            pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, pause * 2))
            try:
                self._cluster.stop_orphans()
                self._process = self._cluster.start(port, {})
            except (PostgresError, OSError) as error:  # the log is there, the disk may be full
                log.error("PostgreSQL does not start, next try in %g s: %s", pause, error)  # noqa: TRY400 - the sentence is enough
            began = time.monotonic()
            if self._stopping.is_set():
                postgres.stop(self._process)


@contextmanager
def reach(
    asked: Path, say: Callable[[str], None] = lambda sentence: None, *, make: bool = False
) -> Iterator[str]:
    """Give the address of the folder's PostgreSQL: the running server's, or one started meanwhile.

    For a command beside the server, such as loading the demo. Refuses a folder without one, unless
    one is to be made.
    """
    folder = place(asked.absolute())
    if not make and not (folder / "postgres").exists():
        raise PostgresError(
            f"there is no database in {folder}: set DATA_DIR to the server's folder"
        )
    try:
        embedded = Embedded.start(asked, say)
    except FolderInUse:
        yield _join(asked.absolute())
        return
    try:
        yield embedded.dsn
    finally:
        embedded.stop()


def _join(asked: Path) -> str:
    folder = place(asked)
    cluster = Cluster(data=folder / "postgres", log=folder / "log", programs=folder, account=None)
    deadline = time.monotonic() + 20
    while (running := cluster.running()) is None:
        if time.monotonic() > deadline:
            raise FolderInUse(f"another process holds {folder} and its PostgreSQL is not ready")
        time.sleep(0.1)
    return cluster.dsn(_read_password(folder), running[1])


def _prepare(asked: Path, say: Callable[[str], None]) -> tuple[Path, Account | None]:
    """Make the folder, at a place where PostgreSQL's account can enter."""
    asked.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = place(asked)
    account = Account.suitable(folder / "postgres")
    if account and not postgres.reachable(folder):
        if folder == asked:
            folder = ELSEWHERE / sha256(str(asked).encode()).hexdigest()[:12]
            (asked / "moved-to").write_text(f"{folder}\n", encoding="utf-8")
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        say(f"PostgreSQL does not run as root and may not enter {asked}: its data is in {folder}")
    data = folder / "postgres"
    if data.exists() and not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        raise PostgresError(f"{data} belongs to another user: be that user, or set DATA_DIR")
    return folder.resolve(), account


def place(asked: Path) -> Path:
    """Tell where a folder's data really is: elsewhere where PostgreSQL may not enter."""
    return _moved(asked) or asked


def _moved(asked: Path) -> Path | None:
    note = asked / "moved-to"
    return Path(note.read_text(encoding="utf-8").strip()) if note.exists() else None


def _lock(folder: Path) -> int:
    """Hold the folder for as long as this process lives, however it ends."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise FolderInUse(
            f"another server works on {folder}: stop it, or set DATA_DIR to another folder"
        ) from None
    return lock


def _write_password(folder: Path, password: str) -> None:
    file = folder / "postgres.password"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(password, encoding="utf-8")


def _read_password(folder: Path) -> str:
    file = folder / "postgres.password"
    if not file.exists():
        raise PostgresError(f"{file} is missing: without it nobody can open {folder / 'postgres'}")
    return file.read_text(encoding="utf-8").strip()


def _shorten(file: Path) -> None:
    if file.exists() and file.stat().st_size > LOG_LIMIT:
        file.replace(file.with_suffix(".log.1"))
