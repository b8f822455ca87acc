"""Log lines: data for machines, colours for people, and on each the request it belongs to."""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from typing import Any, Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from storage.outage import outage

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request this task works for; None outside of one."""

SEALED = re.compile(r"([?&]seal=)[^& ]+")
QUIET = ("asyncio", "botocore", "boto3", "tortoise", "uvicorn.access", "urllib3")


def configure(level: str, style: Literal["auto", "json", "console"], *, access: bool) -> None:
    """Send every log line, ours and the libraries', to stderr in one format."""
    people = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.contextvars.merge_contextvars,
        _add_request_id,
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("pgqueuer").addFilter(_not_of_an_outage)
    logging.getLogger("uvicorn.access").setLevel(logging.INFO if access else logging.WARNING)
    logging.getLogger("uvicorn.access").addFilter(_without_seals)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


def _not_of_an_outage(record: logging.LogRecord) -> bool:
    """Leave out what a library says again and again while PostgreSQL is away: it is told once."""
    error = record.exc_info[1] if record.exc_info else None
    return not (outage.now if error is None else outage.noticed(error))


def _without_seals(record: logging.LogRecord) -> bool:
    """Leave out of a line what would let its reader follow the link."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            SEALED.sub(r"\1…", each) if isinstance(each, str) else each for each in record.args
        )
    return True


def _add_request_id(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    if (here := request_id.get()) is not None:
        event.setdefault("request_id", here)
    return event


def _json(event: Any, **options: Any) -> str:
    return orjson.dumps(event, default=str).decode()
