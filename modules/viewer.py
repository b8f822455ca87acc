"""Who is asking, and which rows they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar
from uuid import UUID

from storage.models import Scope

if TYPE_CHECKING:
    from tortoise.queryset import QuerySet

M = TypeVar("M", bound="Scoped")
P = TypeVar("P", bound="Personal")


class Scoped(Protocol):
    """A table that says which of its rows somebody may see."""

    @classmethod
    def filter(cls, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """Pick rows."""

    @classmethod
    def scope(cls, viewer: Any) -> Any:
        """Say which rows this viewer may see, as a Tortoise `Q`."""


class Personal(Protocol):
    """A table that has rows about an account itself, whatever the business."""

    @classmethod
    def filter(cls, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """Pick rows."""

    @classmethod
    def own(cls, viewer: Any) -> Any:
        """Say which rows are this viewer's own, as a Tortoise `Q`."""


class Role(StrEnum):
    """What somebody is to a business."""

    PUBLIC = "PUBLIC"
    """Nobody we know: the booking site, the sign-in page."""
    CLIENT = "CLIENT"
    """Somebody with a file at the business, managing their own appointments."""
    STAFF = "STAFF"
    """Somebody who works in the business."""
    OWNER = "OWNER"
    """Somebody who runs the business, and may do everything in it."""


Audience = frozenset[Role]
"""Who something is for."""

EVERYONE: Audience = frozenset(Role)
SIGNED_IN = frozenset({Role.CLIENT, Role.STAFF, Role.OWNER})
TEAM = frozenset({Role.STAFF, Role.OWNER})
OWNERS = frozenset({Role.OWNER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """One person, in one role, at one business; every rule and every read gets one."""

    role: Role = Role.PUBLIC
    account_id: UUID | None = None
    business_id: UUID | None = None
    session_id: UUID | None = None
    expires_at: datetime | None = None
    """When the session ends by itself, a UTC instant."""
    zone: str = "UTC"
    """The IANA zone of the business, whose days a session asks for."""
    locale: str = "en"
    """The language problems are told in, as a tag: the business's, or what a visitor asks for."""
    address: str = ""
    """The network address the request came from, for limiting attempts."""

    @classmethod
    def on_behalf(cls, business_id: UUID, account_id: UUID | None = None) -> Self:
        """Act for a business: a job, or somebody's request, carries out what it has decided.

        With an owner's rights, whatever `account_id`, who decided it, may do by now; without a
        session. Only rules make one, for what they know that the business wants.
        """
        return cls(role=Role.OWNER, account_id=account_id, business_id=business_id)

    def rows(self, model: type[M]) -> QuerySet[Any]:
        """Pick the rows of this viewer's business that their role may see.

        This and `own` are the only doors to rows: a resolver that picks them in another way is
        refused when it is compiled.
        """
        return model.filter(Scope(self, model.scope(self)))

    def own(self, model: type[P]) -> QuerySet[Any]:
        """Pick the rows about the viewer's own account, in whichever business they are."""
        return model.filter(Scope(self, model.own(self)))

    def of_business(self) -> UUID:
        """Return the business being acted in; everybody but the public has one."""
        if self.business_id is None:
            raise PermissionError("a public viewer has no business")
        return self.business_id


PUBLIC = Viewer()
