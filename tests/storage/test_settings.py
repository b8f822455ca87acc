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
    """An empty DATABASE_URL means our own PostgreSQL."""
    monkeypatch.setenv("DATABASE_URL", "")

    assert Settings.load().embedded


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
        ("S3_BUCKET", "photos", "S3_ACCESS_KEY_ID is missing: S3_BUCKET is set"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is wrong: 'loud': input should be 'debug', 'info',"
         " 'warning' or 'error'"),
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


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings may be logged."""
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@host/db")

    assert "hunter2" not in repr(Settings.load())
