"""Settings, read from the environment."""

from __future__ import annotations

import os

import pytest

from storage.settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """No variable and no `.env` file but the test's own."""
    for name in Settings.model_fields:
        for written in {name, name.upper()} & os.environ.keys():
            monkeypatch.delenv(written)
    monkeypatch.chdir(str(tmp_path))


def test_everything_has_a_default() -> None:
    """Nothing need be set: our own PostgreSQL, all modules, this machine only."""
    settings = Settings.load()

    assert (settings.host, settings.port, settings.modules) == ("127.0.0.1", 8000, None)
    assert settings.embedded


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spaces and a comma too many do not matter."""
    monkeypatch.setenv("MODULES", "clients, services,")
    monkeypatch.setenv("TRUSTED_ORIGINS", "https://a.example,https://b.example")

    settings = Settings.load()

    assert settings.modules == ["clients", "services"]
    assert settings.trusted_origins == ["https://a.example", "https://b.example"]


def test_what_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty DATABASE_URL means our own PostgreSQL, and so on: every default stands."""
    defaults = Settings.load()
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")

    assert Settings.load() == defaults
    assert defaults.embedded


def test_proxies_sites_and_links_are_written_as_their_standards_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Networks, sites on a port or of an app, and a server that does not live at a root."""
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8, ::1, *")
    monkeypatch.setenv("TRUSTED_ORIGINS", "http://localhost:5173, capacitor://localhost, *")
    monkeypatch.setenv("PUBLIC_URL", "https://[2001:db8::1]:8443/salon")

    settings = Settings.load()

    assert settings.trusted_proxies == ["127.0.0.1", "10.0.0.0/8", "::1", "*"]
    assert settings.trusted_origins == ["http://localhost:5173", "capacitor://localhost", "*"]
    assert settings.public_url == "https://[2001:db8::1]:8443/salon"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "http", "PORT is wrong: 'http': input should be a valid integer, unable to parse"
         " string as an integer"),
        ("PORT", "70000", "PORT is wrong: '70000': input should be less than or equal to 65535"),
        ("GRAPHIQL", "maybe", "GRAPHIQL is wrong: 'maybe': input should be a valid boolean, unable"
         " to interpret input"),
        ("DATABASE_URL", "mysql://me:secret@host", "DATABASE_URL is wrong: it starts with"
         " postgresql://"),
        ("DATABASE_URL", "postgresql://me:secret@host:banana/db", "DATABASE_URL is wrong: after"
         " postgresql:// comes host[:port]/name"),
        ("DATABASE_URL", "postgresql://me:secret@[host/db", "DATABASE_URL is wrong: after"
         " postgresql:// comes host[:port]/name"),
        ("S3_BUCKET", "photos", "S3_ACCESS_KEY_ID is missing: S3_BUCKET is set"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is wrong: 'loud': input should be 'debug', 'info',"
         " 'warning' or 'error'"),
        ("PUBLIC_URL", "salon.example", "PUBLIC_URL is wrong: 'salon.example': a URL has a scheme"
         " and a host, like https://salon.example"),
        ("PUBLIC_URL", "https:///salon", "PUBLIC_URL is wrong: 'https:///salon': a URL has a scheme"
         " and a host, like https://salon.example"),
        ("TRUSTED_ORIGINS", "https://a.example,b.example", "TRUSTED_ORIGINS is wrong: 'b.example':"
         " an origin is scheme://host[:port], or * for all"),
        ("TRUSTED_ORIGINS", "https://a.example/app", "TRUSTED_ORIGINS is wrong:"
         " 'https://a.example/app': an origin is scheme://host[:port], or * for all"),
        ("TRUSTED_PROXIES", "10.0.0.300", "TRUSTED_PROXIES is wrong: '10.0.0.300': a proxy is an"
         " address, a network like 10.0.0.0/8, or *"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """One sentence, and never a secret in it."""
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as refused:
        Settings.load()

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:se%40cret@db.example:5433/salon?sslmode=require",
        "postgres://one:5432,two/salon",
        "postgresql://[::1]:5432/salon",
        "postgresql:///salon?host=/run/postgresql",
        "postgresql://me@:5433/salon",
    ],
)
def test_a_database_may_be_anywhere(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """At several hosts, behind a socket, on another port: what PostgreSQL's own programs take."""
    monkeypatch.setenv("DATABASE_URL", url)

    assert Settings.load().database_url == url


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings may be logged."""
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@host/db")

    assert "hunter2" not in repr(Settings.load())
