"""The files a business keeps on the people who come, and what else is written down about them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.expressions import Q
from tortoise.models import Model

from modules.clients.events import AccountStatus
from modules.viewer import TEAM
from storage.models import Owned, Row, Tenant, Versioned


class ClientSource(StrEnum):
    """How a client came to be on the list."""

    TEAM = "TEAM"
    """The team opened the file."""
    IMPORT = "IMPORT"
    """They came with a list that was kept elsewhere."""
    INVITATION = "INVITATION"
    """They were invited, and accepted."""
    BOOKING = "BOOKING"
    """They booked, as somebody new."""
    COUPON = "COUPON"
    """They bought a coupon on a coupon site."""


class MarketingChannel(StrEnum):
    """A way to send marketing to somebody who agreed to it."""

    EMAIL = "EMAIL"
    """Messages by mail, to the email address."""
    SMS = "SMS"
    """Text messages to the phone."""
    PHONE = "PHONE"
    """Calls to the phone number."""
    POST = "POST"
    """Letters and cards to the address."""


class ClientNoteKind(StrEnum):
    """What a note is about."""

    GENERAL = "GENERAL"
    """Anything the team wants to remember."""
    ALLERGY = "ALLERGY"
    """An allergy or an intolerance, such as to hair dye."""
    MEDICATION = "MEDICATION"
    """Medication that they take."""
    FORMULA = "FORMULA"
    """What was mixed for them, to be mixed again."""
    ALERT = "ALERT"
    """What everybody has to know before they come."""


class ClientFieldKind(StrEnum):
    """What a field of the business's own holds."""

    TEXT = "TEXT"
    """Words, up to 2,000 characters."""
    NUMBER = "NUMBER"
    """A number, with or without decimals."""
    DATE = "DATE"
    """A day of the calendar."""
    CHOICE = "CHOICE"
    """One of the options it names."""


class CaseInsensitive(fields.TextField):
    """Text that is the same whatever its capitals."""

    SQL_TYPE = "CITEXT"


class Client(Owned, Versioned):
    """One business's file on a person."""

    first_name = fields.CharField(max_length=200)
    last_name = fields.CharField(max_length=200)
    email = CaseInsensitive(null=True)
    phone = fields.CharField(max_length=16, null=True)
    birthday = fields.DateField(null=True)
    note = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    sort_name = fields.TextField()
    search_text = fields.TextField()
    folding = fields.SmallIntField(null=True)
    """Which way of folding wrote these two; they are written anew when there is another."""
    account: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    account_id: UUID | None
    """The person who signs in to see this file, once they proved its mail address."""
    account_state = fields.CharEnumField(AccountStatus, max_length=10, default=AccountStatus.NONE)
    email_verified_at = fields.DatetimeField(null=True)
    street = fields.TextField(null=True)
    postal_code = fields.TextField(null=True)
    city = fields.TextField(null=True)
    region = fields.TextField(null=True)
    country = fields.CharField(max_length=2, null=True)
    tags = ArrayField(element_type="text", default=list)
    preferred_staff: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "services.Staff", related_name=False, null=True
    )
    preferred_staff_id: UUID | None
    consents = ArrayField(element_type="text", default=list)
    """The channels on which they agreed to be sent marketing."""
    custom: Any = fields.JSONField(default=dict)
    """The values of the business's own fields, by the ids of their definitions."""
    source = fields.CharEnumField(ClientSource, max_length=10, default=ClientSource.TEAM)
    blocked_at = fields.DatetimeField(null=True)
    block_reason = fields.TextField(null=True)
    picture_id: UUID | None = fields.UUIDField(null=True)
    birthday_month = fields.SmallIntField(null=True, generated=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "clients"

    @classmethod
    def scope(cls, viewer: Any) -> Q:
        """Show the team every file of its business, and everybody else only their own."""
        own = super().scope(viewer)
        return own if viewer.role in TEAM else own & Q(account_id=viewer.account_id)


class ClientNote(Owned, Versioned):
    """Something the team wrote down about a client, and when."""

    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "clients.Client", related_name=False
    )
    client_id: UUID
    kind = fields.CharEnumField(ClientNoteKind, max_length=10)
    text = fields.TextField()
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    author_id: UUID | None
    created_at = fields.DatetimeField(auto_now_add=True)
    edited_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_notes"


class ClientConsent(Owned):
    """A yes or a no to marketing on one channel, with who heard it and how."""

    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "clients.Client", related_name=False
    )
    client_id: UUID
    channel = fields.CharEnumField(MarketingChannel, max_length=5)
    granted = fields.BooleanField()
    how = fields.TextField(null=True)
    recorded_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    recorded_by_id: UUID | None
    at = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_consents"


class ClientField(Owned, Versioned):
    """Something a business wants to know of its clients that others do not ask."""

    name = fields.CharField(max_length=200)
    kind = fields.CharEnumField(ClientFieldKind, max_length=6)
    options = ArrayField(element_type="text", default=list)
    required = fields.BooleanField(default=False)
    position = fields.IntField()
    archived_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_fields"


class ClientFieldValue(Model):
    """What a file says in a field of the business's own: a view of `clients.custom`."""

    business_id: UUID = fields.UUIDField()
    file_id: UUID = fields.UUIDField()
    """The client's id. No table, so not named like one that has to be emptied with the file."""
    field: fields.OneToOneRelation[ClientField] = fields.OneToOneField(
        "clients.ClientField", related_name=False, primary_key=True
    )
    field_id: UUID
    position = fields.IntField()
    text = fields.TextField(null=True)
    number = fields.FloatField(null=True)
    date = fields.DateField(null=True)
    choice = fields.TextField(null=True)

    class Meta(Model.Meta):
        """The view it is seen through."""

        table = "client_field_values"

    @classmethod
    def scope(cls, viewer: Tenant) -> Q:
        """Show those of one's own business."""
        return Q(business_id=viewer.business_id)


class ClientTag(Model):
    """A tag that clients have, and how many: a view of `clients.tags`."""

    business_id: UUID = fields.UUIDField()
    tag = fields.CharField(max_length=50, primary_key=True)
    count = fields.IntField()

    class Meta(Model.Meta):
        """The view it is seen through."""

        table = "client_tags"

    @classmethod
    def scope(cls, viewer: Tenant) -> Q:
        """Show those of one's own business."""
        return Q(business_id=viewer.business_id)


class LinkKind(StrEnum):
    """What following a client's link does."""

    VERIFICATION = "VERIFICATION"
    """It proves the address in the file."""
    CHANGE = "CHANGE"
    """It proves the address the client wants in its place, and puts it there."""


class ClientLink(Row):
    """A mail address a client was asked to prove, by a link that works once, for a while."""

    business_id: UUID = fields.UUIDField()
    client_id: UUID = fields.UUIDField()
    kind = fields.CharEnumField(LinkKind, max_length=12)
    email = CaseInsensitive()
    token_hash: bytes | None = fields.BinaryField(null=True)
    """None until the mail is written, which alone holds the secret."""
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_links"


class ClientWords(Owned):
    """What a client is found by, kept by the database itself; the id is the client's own."""

    sort_name = fields.TextField()
    words = fields.TextField()
    """All a client may be found by, folded."""
    starts = fields.TextField()
    """How that begins: with the first name."""
    keys = ArrayField(element_type="int")
    """Numbers for letters and pairs of letters, and checksums of names with a letter left out."""

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_words"


class ClientSegment(Owned, Versioned):
    """A filter of the client list that somebody named, to use it again."""

    name = fields.CharField(max_length=200)
    description = fields.TextField(null=True)
    conditions: Any = fields.JSONField()
    """The filter, as it was sent."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_segments"
