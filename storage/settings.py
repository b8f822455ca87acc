"""What can be set, from the environment or a `.env` file, checked once at start."""

from __future__ import annotations

import re
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class SettingsError(Exception):
    """A setting is wrong; the message is one sentence that names it."""


def _split(value: Any) -> Any:
    """Read `a, b` as a list."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


HOST = r"([^\s/:?#@\[\]*]+|\[[0-9a-f:.]+\])(:\d{1,5})?"
ORIGIN = re.compile(rf"[a-z][a-z0-9+.-]*://{HOST}/?", re.IGNORECASE)
URL = re.compile(rf"https?://{HOST}(/[^\s?#]*)?", re.IGNORECASE)


def _proxy(value: str) -> str:
    """Pass on what uvicorn knows a proxy by."""
    try:
        if value != "*":
            ip_network(value)
    except ValueError as error:
        raise _wrong("a proxy is an address, a network like 10.0.0.0/8, or *") from error
    return value


def _origin(value: str) -> str:
    """Pass on what browsers may name as the site of a page."""
    if value != "*" and not ORIGIN.fullmatch(value):
        raise _wrong("an origin is scheme://host[:port], or * for all")
    return value


def _url(value: str) -> str:
    """Pass on what a link can begin with."""
    if not URL.fullmatch(value):
        raise _wrong("a URL has a scheme and a host, like https://salon.example")
    if is_every(urlsplit(value).hostname or ""):
        raise _wrong("nobody can reach that address: name the host people use")
    return value


def is_every(host: str) -> bool:
    """Tell whether a host stands for every address of a machine, which no link can lead to."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def reachable(host: str, port: int) -> str:
    """Give the URL by which this machine reaches a server that listens there."""
    if is_every(host):
        host = "localhost" if ":" in host else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _has_hosts(database: str) -> bool:
    """Tell whether the hosts of a database, which may be none or several, make sense."""
    try:
        hosts = urlsplit(database).netloc.rpartition("@")[2]
    except ValueError:
        return False
    return all(re.fullmatch(rf"({HOST})?|:\d{{1,5}}", each) for each in hosts.split(","))


def _wrong(reason: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{reason}", {"reason": reason})


Split = BeforeValidator(_split)
Proxies = Annotated[list[Annotated[str, AfterValidator(_proxy)]], NoDecode, Split]
Origins = Annotated[list[Annotated[str, AfterValidator(_origin)]], NoDecode, Split]
Secret = Annotated[str | None, Field(repr=False)]


TRIAL = 10
LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "::"})  # noqa: S104 - to compare with


def _email(value: str) -> str:
    """Pass on what looks like one bare mail address."""
    if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", value):
        raise _wrong("a mail address is like mia@example.com")
    return value


Email = Annotated[str, AfterValidator(_email)]


class Settings(BaseSettings):
    """Everything a deployment decides; the variable is the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
        validate_default=True,
    )

    host: str = "127.0.0.1"
    """The address to listen on; :: for every one, 0.0.0.0 for every one of IPv4."""
    port: int = Field(8000, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    public_url: Annotated[str, AfterValidator(_url)] | None = None
    """Where people reach this server, for links in mail; by default the address it listens on."""
    trusted_proxies: Proxies = []
    """Addresses or networks of proxies who say a client's address, with commas; `*` for all."""
    connections_per_address: int = Field(1000, ge=10)
    """Connections of one address, or one /64 network of IPv6, at a time; not of trusted proxies."""
    metrics_token: Secret = None
    """The bearer token that opens `/metrics` for other machines; unset, it is closed to them."""
    trusted_origins: Origins = []
    """Sites whose pages may call this server, with commas between them; `*` for all."""

    modules: Annotated[list[str] | None, NoDecode, Split] = None
    """The modules to run, with commas between them; by default all that ship with Regulars."""
    graphiql: bool = True
    """Serve the explorer at `/`."""
    demo_pages: bool | None = None
    """Serve the demo pages at `/demo`; by default only beside the demo salon (`--demo`)."""

    database_url: Secret = None
    """A PostgreSQL to use; by default the server runs its own."""
    data_dir: Path = Path(".data")
    """Where the server's own PostgreSQL and the files are kept."""
    disk_floor: int = Field(200_000_000, ge=0)
    """Free bytes on the disk of DATA_DIR below which the server is not ready."""
    readers: int = Field(10, ge=1, le=1000)
    """PostgreSQL connections of a process for reading; three more pools have half as many each."""
    writers: int = Field(16, ge=1, le=1000)
    """PostgreSQL connections of a process for changes, at most."""
    worker: bool | None = None
    """Run jobs in the server; by default only beside the server's own PostgreSQL."""

    body_limit: int = Field(1_000_000, ge=1_000)
    """Bytes a request may have."""
    request_timeout: float = Field(10.0, gt=0)
    """Seconds a request may take; then its SQL is cancelled."""

    s3_bucket: str | None = None
    """The bucket for photos and other files; by default they are kept in DATA_DIR."""
    s3_endpoint_url: str | None = None
    """The S3 server, if it is not Amazon's."""
    s3_region: str = "us-east-1"
    """The bucket's region."""
    s3_access_key_id: str | None = None
    """The id of the access key to the bucket."""
    s3_secret_access_key: Secret = None
    """The secret of that key."""

    smtp_host: str | None = None
    """The mail server; by default mail is written to the folder `mailbox` in DATA_DIR."""
    smtp_port: int = Field(587, ge=1, le=65535)
    """The port of the mail server."""
    smtp_user: str | None = None
    """The user name for the mail server, if it asks for one."""
    smtp_password: Secret = None
    """The password of that user."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How mail is encrypted on its way: `starttls`, `tls` or `none`."""
    mail_from: str = "Regulars <regulars@localhost>"
    """The sender of all mail."""

    operator_email: Email | None = None
    """Who gets a mail when a business asks to have its client list taken over; unset, nobody."""

    sign_up: Literal["open", "closed"] = "open"
    """`open`: anybody may open a business; `closed`: nobody, and those that are there go on."""
    unconfirmed_recipients: int | None = Field(None, ge=0)
    """People to write to before an owner confirmed; unset 0, and 10 without a public PUBLIC_URL."""
    mails_per_business: int = Field(5_000, ge=1)
    """Messages a business may send to clients in a day; its team's and codes do not count."""
    mails_per_recipient: int = Field(50, ge=1)
    """Messages in a day that an address gets, beside a fifth as many of each business by itself."""
    subscriptions_per_business: int = Field(5_000, ge=1)
    """Subscriptions of a business that are open at a time in one process."""
    files_per_business: int = Field(10_000, ge=1)
    """Files of a business that are kept at a time: imports, exports, photos."""
    bytes_per_business: int = Field(5_000_000_000, ge=1_000)
    """Bytes all files of a business may have together."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged: `debug`, `info`, `warning` or `error`."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """`json` for machines, `console` for people; `auto` looks whether there is a terminal."""
    access_log: bool = False
    """Log one line per request."""

    @model_validator(mode="before")
    @classmethod
    def _given(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Read a variable that is set to nothing as one that is not set."""
        return {name: value for name, value in values.items() if value != ""}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.s3_bucket and not (self.s3_access_key_id and self.s3_secret_access_key):
            missing = "S3_SECRET_ACCESS_KEY" if self.s3_access_key_id else "S3_ACCESS_KEY_ID"
            raise SettingsError(f"{missing} is missing: S3_BUCKET is set")
        if self.database_url and not self.database_url.startswith(("postgres://", "postgresql://")):
            raise SettingsError("DATABASE_URL is wrong: it starts with postgresql://")
        if self.database_url and not _has_hosts(self.database_url):
            raise SettingsError("DATABASE_URL is wrong: after postgresql:// comes host[:port]/name")
        return self

    @property
    def trial_recipients(self) -> int:
        """How many people a business may write to before an owner confirmed their address."""
        if self.unconfirmed_recipients is not None:
            return self.unconfirmed_recipients
        host = urlsplit(self.public_url).hostname if self.public_url else None
        return TRIAL if host is None or host in LOCAL else 0

    @property
    def embedded(self) -> bool:
        """Whether the server runs its own PostgreSQL."""
        return self.database_url is None

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the environment; what is given wins. Refuses a wrong setting in one sentence."""
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = str(first["loc"][0])
            field = cls.model_fields.get(name)
            shown = "" if field is None or not field.repr else f" {str(first['input'])!r}:"
            reason = first["msg"][0].lower() + first["msg"][1:]
            raise SettingsError(f"{name.upper()} is wrong:{shown} {reason}") from error


def unknown(file: Path = Path(".env")) -> list[str]:
    """Say of each name in the file that no setting has it, with the nearest one there is."""
    known = [name.upper() for name in Settings.model_fields]
    said = []
    for name in dotenv_values(file, interpolate=False) if file.is_file() else ():
        if name.upper() not in known:
            near = get_close_matches(name.upper(), known, 1, 0.6)
            said.append(f"{file}: there is no setting {name}" + (f"; {near[0]}?" if near else ""))
    return said
