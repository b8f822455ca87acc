"""Idempotency: the answer to a change, remembered under the key its client made up."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from cryptography.fernet import Fernet
from strawberry.types.base import get_object_definition, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from tortoise.models import Model

from modules.errors import IdempotencyConflict
from modules.viewer import Viewer
from schema.composed import ComposedSchema
from schema.ids import Ref
from schema.tables import table_of
from storage import database

NOBODY = UUID(int=0)
INSERT = "INSERT INTO idempotency (owner, key_hash, fingerprint, answer) VALUES ($1, $2, $3, $4)"
CONSTRAINT = "idempotency_pkey"
FIND = "SELECT fingerprint, answer FROM idempotency WHERE owner = $1 AND key_hash = $2"
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Memory:
    """The place of one request's answer: same owner, key and input find it again."""

    owner: UUID
    key_hash: bytes
    fingerprint: bytes
    seal: Fernet | None

    @classmethod
    def of(cls, viewer: Viewer, key: str, what: str, given: Any, *, secret: bool) -> Memory:
        """Name the place; strangers cannot meet there, as the public's keys include their input."""
        # The key goes into it: an input may hold a password, which a bare hash would give away.
        fingerprint = sha256(
            key.encode()
            + b"\0"
            + orjson.dumps([what, given], option=orjson.OPT_SORT_KEYS, default=str)
        ).digest()
        owner = viewer.account_id or NOBODY
        # One account in two businesses is two askers: what one was answered is not the other's.
        salt = viewer.business_id.bytes if viewer.business_id else fingerprint
        secret_key = sha256(b"seal" + key.encode() + fingerprint).digest()
        return cls(
            owner,
            sha256(key.encode() + salt).digest(),
            fingerprint,
            Fernet(base64.urlsafe_b64encode(secret_key)) if secret else None,
        )

    def insertion(self, answer: bytes) -> tuple[Any, ...]:
        """Write the statement that remembers an answer, for the transaction of the change."""
        return INSERT, self.owner, self.key_hash, self.fingerprint, self._sealed(answer)

    async def recall(self) -> bytes | None:
        """Return what was answered before, if anything. Refuses: IdempotencyConflict."""
        row = await database.fetchrow(FIND, self.owner, self.key_hash)
        if row is None:
            return None
        if row["fingerprint"] != self.fingerprint:
            raise IdempotencyConflict
        answer: bytes = row["answer"]
        return self.seal.decrypt(answer) if self.seal else answer

    def _sealed(self, answer: bytes) -> bytes:
        return self.seal.encrypt(answer) if self.seal else answer


def freeze(value: Any) -> Any:
    """Turn a result into JSON: rows become references, plain objects keep their fields."""
    match value:
        case Ref() | Model() | UUID():
            return {"#": _reference(value)}
        case datetime():
            return {"@": value.isoformat()}
        case date() | time():
            return {"@" + type(value).__name__: value.isoformat()}
        case list() | tuple():
            return [freeze(item) for item in value]
        case Enum():
            return value.value
        case _ if has_object_definition(type(value)):
            definition = get_object_definition(type(value), strict=True)
            own = (f.python_name for f in definition.fields if not f.base_resolver)
            return {"$": definition.name, **{name: freeze(getattr(value, name)) for name in own}}
        case _:
            return value


def thaw(value: Any, schema: ComposedSchema) -> Any:
    """Make a result again of what `freeze` wrote."""
    match value:
        case {"#": [prefix, key]}:
            return Ref(schema.tables[prefix], UUID(key)) if prefix else UUID(key)
        case {"@": text}:
            return datetime.fromisoformat(text)
        case {"@date": text}:
            return date.fromisoformat(text)
        case {"@time": text}:
            return time.fromisoformat(text)
        case {"$": name, **fields}:
            return _object(schema.class_of(schema.object_type(name)), fields, schema)
        case list():
            return [thaw(item, schema) for item in value]
        case _:
            return value


def _object(cls: Any, fields: dict[Any, Any], schema: ComposedSchema) -> Any:
    kinds = {f.python_name: f.type for f in get_object_definition(cls, strict=True).fields}
    values: dict[str, Any] = {}
    for name, value in fields.items():
        kind = getattr(kinds[name], "of_type", kinds[name])
        if isinstance(kind, StrawberryEnumDefinition) and value is not None:
            values[name] = kind.wrapped_cls(value)
        else:
            values[name] = thaw(value, schema)
    return cls(**values)


def _reference(value: Ref[Any] | Model | UUID) -> list[str]:
    if isinstance(value, Ref):
        bound = table_of(value.type)
        return [bound.prefix if bound else "", str(value.key)]
    return ["", str(value.pk if isinstance(value, Model) else value)]
