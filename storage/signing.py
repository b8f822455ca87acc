"""Links that carry their own permission: what they allow, until when, and a seal on both."""

from __future__ import annotations

import hmac
import os
import secrets
import time
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

SEAL = "seal"
UNTIL = "until"
LONGEST = 2048
"""Characters of a query we look at."""


class LinkInvalid(Exception):
    """This link is not one of ours, or was changed."""


class LinkExpired(Exception):
    """This link was good once."""


class Signer:
    """Seals links with a key that lies beside what they lead to.

    Whoever can read the folder needs no link, and every process that serves it finds the same key;
    so it is kept there and not in the database, of which copies travel further.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def sign(self, verb: str, key: str, until: int, **said: str) -> str:
        """Make the query of a link that allows one verb on one key until then."""
        pairs = [(UNTIL, str(until)), *sorted(said.items())]
        return urlencode([*pairs, (SEAL, self._seal(verb, key, pairs))])

    def read(self, verb: str, key: str, query: str) -> dict[str, str]:
        """Check a link and give what it says. Raises: LinkInvalid, LinkExpired."""
        try:
            pairs = parse_qsl(query[: LONGEST + 1], keep_blank_values=True, max_num_fields=10)
        except ValueError as error:
            raise LinkInvalid from error
        said = dict(pairs)
        rest = [(name, value) for name, value in pairs if name != SEAL]
        sealed = said.pop(SEAL, "").encode()
        if len(query) > LONGEST or not hmac.compare_digest(
            sealed, self._seal(verb, key, rest).encode()
        ):
            raise LinkInvalid
        if int(said[UNTIL]) <= time.time():
            raise LinkExpired
        return said

    def _seal(self, verb: str, key: str, pairs: list[tuple[str, str]]) -> str:
        # As the values mean, not as they are written: programs on the way may write %2F as /.
        meant = "\n".join((verb, key, urlencode(pairs)))
        return hmac.new(self._key, meant.encode(), sha256).hexdigest()

    @cached_property
    def _key(self) -> bytes:
        """Read the key, or make it up; of those who do so at once the first wins."""
        with suppress(FileNotFoundError):
            return self._file.read_bytes()
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = self._file.with_suffix(f".{secrets.token_hex(8)}")
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            self._file.hardlink_to(mine)
        mine.unlink()
        return self._file.read_bytes()
