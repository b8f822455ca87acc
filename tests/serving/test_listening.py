"""Where a server listens, the links that lead there, and the files it may have open."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from schema.serving import files
from schema.serving.listening import address, listen
from schema.serving.networks import network
from storage.settings import Settings, SettingsError, reachable


def _settings(**given: object) -> Settings:
    return Settings.load(_env_file=None, port=0, **given)


def test_every_address_is_of_both_families() -> None:
    """Whoever asks for `::` is reached by IPv4 and by IPv6 at one port, each by its own name."""
    six, four = listen(_settings(host="::"))
    with six, four:
        port = six.getsockname()[1]
        for listening, host in ((four, "127.0.0.1"), (six, "::1")):
            with socket.create_connection((host, port), timeout=5):
                accepted, peer = listening.accept()
                accepted.close()
                assert peer[0] == host
        assert address(six) == f"http://localhost:{port}"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("::", "http://localhost:8000"),
        ("0:0::0", "http://localhost:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("salon.example", "http://salon.example:8000"),
    ],
)
def test_links_lead_to_somewhere(host: str, url: str) -> None:
    """Nobody can follow one to `::` or 0.0.0.0."""
    assert reachable(host, 8000) == url


@pytest.mark.parametrize("url", ["http://0.0.0.0:8000", "https://[::]", "http://[0:0::0]/salon"])
def test_a_public_url_leads_to_somewhere(url: str) -> None:
    """It is refused at start rather than in the first mail."""
    with pytest.raises(SettingsError, match="PUBLIC_URL is wrong.*nobody can reach that address"):
        _settings(public_url=url)


def test_an_address_is_the_one_that_was_taken() -> None:
    """With the port that was free."""
    [listening] = listen(_settings())
    with listening:
        assert address(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1%eth0", "2001:db8:1:2::"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_a_home_is_counted_once(host: str, counted: str) -> None:
    """Of IPv6 everybody has 2^64 addresses."""
    assert network(host) == counted


def test_the_limit_of_open_files_is_raised() -> None:
    """As far as the hard limit and our wants go; connections leave room for all else."""
    code = (
        "import resource as r; from schema.serving import files;"
        "hard = r.getrlimit(r.RLIMIT_NOFILE)[1];"
        "r.setrlimit(r.RLIMIT_NOFILE, (256, min(hard, 4000) if hard > 0 else 4000));"
        "files.raise_limit();"
        "print(r.getrlimit(r.RLIMIT_NOFILE)[0], files.room_for_connections())"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )

    assert said.stdout.split() == ["4000", str(4000 - files.OTHERS)]
    assert files.room_for_connections() <= resource.getrlimit(resource.RLIMIT_NOFILE)[0]
