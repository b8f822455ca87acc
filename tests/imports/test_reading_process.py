"""The process that reads lists: held to limits, ended with its import, harming no other."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, cast

import pytest

from modules.imports.reading import limits
from modules.imports.reading.problems import FileTooDemanding
from modules.imports.reading.process import ReadingProcess, Unreadable, reading

LIST = b"First Name,Last Name,Email\nBo,Dijk,bo@example.org\n"
TOLD = {"current": {}, "given": {}, "fill_in": True}


def pid_of(process: ReadingProcess) -> int:
    """Tell which process it is."""
    return int(process._process.pid or 0)


def is_there(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_one_that_dies_harms_no_other() -> None:
    """R19: each import has a process of its own, and the next one gets another."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(LIST)
        async with reading(file) as other, reading() as one:
            assert pid_of(other) != pid_of(one)
            os.kill(pid_of(one), signal.SIGKILL)
            with pytest.raises(RuntimeError, match="^the process that reads lists has died$"):
                await one.merge([])

            looked = await other.look({})
            assert [each["header"] for each in looked["columns"]] == [
                "First Name", "Last Name", "Email",
            ]  # fmt: skip
            assert looked["total"] == 1
        async with reading() as again:
            assert await again.restore([]) == []


@pytest.mark.parametrize("name", ["SIGXCPU", "SIGABRT", "SIGSEGV", "SIGXFSZ"])
async def test_one_that_runs_into_a_limit_says_that_its_file_takes_too_much(name: str) -> None:
    """R19: time, memory and disk; it is no error of the server's, and not tried again."""
    async with reading() as process:
        await process.merge([])  # it is confined by now
        os.kill(pid_of(process), signal.Signals[name])
        with pytest.raises(Unreadable) as refused:
            await process.merge([])

    assert refused.value.said["code"] == FileTooDemanding.code


async def test_it_may_take_no_more_than_it_is_given() -> None:
    """R19: the limits hold in each process that is made, and whoever asks the API goes first."""
    async with reading() as process:
        await process.merge([])
        proc = Path(f"/proc/{pid_of(process)}")
        held = {line[:25].strip(): line.split()[-3:-1] for line in _lines(proc / "limits")}
        niceness = int((proc / "stat").read_text().rpartition(")")[2].split()[16])

    assert held["Max address space"] == [str(limits.MEMORY)] * 2
    assert held["Max file size"] == [str(limits.DISK)] * 2
    assert held["Max core file size"] == ["0", "0"]
    assert {"Max cpu time": held["Max cpu time"]} == {"Max cpu time": [str(limits.CPU)] * 2}
    assert niceness >= 5


async def test_it_ends_at_once_with_whoever_asked_for_it() -> None:
    """R19: an import that is cancelled leaves no process behind, also in the middle of an order."""
    began: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def asking() -> None:
        async with reading() as process:
            os.kill(pid_of(process), signal.SIGSTOP)  # it answers nothing any more
            began.set_result(pid_of(process))
            await process.merge([cast(Any, TOLD)] * 5_000)

    task = asyncio.create_task(asking())
    pid = await began
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with asyncio.timeout(10):
        while is_there(pid):  # noqa: ASYNC110 -- the system tells nobody
            await asyncio.sleep(0.01)


async def test_one_that_says_nothing_for_too_long_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """R19: by the clock on the wall, whatever it does meanwhile."""
    async with reading() as process:
        await process.merge([])
        pid = pid_of(process)
        os.kill(pid, signal.SIGSTOP)
        monkeypatch.setattr("modules.imports.reading.process.SILENCE", 0.1)
        with pytest.raises(Unreadable) as refused:
            await process.merge([])

    assert refused.value.said["code"] == FileTooDemanding.code
    assert not is_there(pid)


async def test_it_is_made_again_where_what_makes_it_was_killed() -> None:
    """R19: the server process of multiprocessing's is started anew, and who reads goes on."""
    async with reading() as going_on:
        await going_on.merge([])
        server = cast(Any, forkserver)._forkserver._forkserver_pid
        os.kill(server, signal.SIGKILL)
        await asyncio.to_thread(os.waitid, os.P_PID, server, os.WEXITED | os.WNOWAIT)

        async with reading() as next_one:
            assert await next_one.merge([]) == []
        assert await going_on.merge([]) == []


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()[1:]
