"""What the business allows when it comes to its clients' files."""

from modules.clients.rules.addresses import CountryInvalid
from modules.clients.rules.blocking import block_client, unblock_client
from modules.clients.rules.changes import Address, ClientChanges, Consent, FieldValue, Note
from modules.clients.rules.consents import ChannelTwice
from modules.clients.rules.facts import Facts, facts
from modules.clients.rules.field_values import (
    CustomFieldArchived,
    CustomFieldNotAnOption,
    CustomFieldRequired,
    CustomFieldTwice,
    CustomFieldWrongKind,
)
from modules.clients.rules.fields import (
    CustomFieldNameTaken,
    CustomFieldOptionsInvalid,
    CustomFieldsTooMany,
    archive_client_field,
    create_client_field,
    reorder_client_fields,
    update_client_field,
)
from modules.clients.rules.files import create_client, create_clients, update_client
from modules.clients.rules.folding import fold, pattern
from modules.clients.rules.notes import (
    NoteEmpty,
    add_client_note,
    delete_client_note,
    update_client_note,
)
from modules.clients.rules.reaching import EmailInvalid, EmailOrPhoneRequired, PhoneInvalid
from modules.clients.rules.tags import (
    ClientsTooMany,
    Tagged,
    TagsTooMany,
    add_client_tags,
    remove_client_tags,
)
from modules.clients.rules.tidying import (
    BirthdayInvalid,
    PhoneRegionInvalid,
    Tidied,
    completed,
    tidy,
)

__all__ = [
    "Address",
    "BirthdayInvalid",
    "ChannelTwice",
    "ClientChanges",
    "ClientsTooMany",
    "Consent",
    "CountryInvalid",
    "CustomFieldArchived",
    "CustomFieldNameTaken",
    "CustomFieldNotAnOption",
    "CustomFieldOptionsInvalid",
    "CustomFieldRequired",
    "CustomFieldTwice",
    "CustomFieldWrongKind",
    "CustomFieldsTooMany",
    "EmailInvalid",
    "EmailOrPhoneRequired",
    "Facts",
    "FieldValue",
    "Note",
    "NoteEmpty",
    "PhoneInvalid",
    "PhoneRegionInvalid",
    "Tagged",
    "TagsTooMany",
    "Tidied",
    "add_client_note",
    "add_client_tags",
    "archive_client_field",
    "block_client",
    "completed",
    "create_client",
    "create_client_field",
    "create_clients",
    "delete_client_note",
    "facts",
    "fold",
    "pattern",
    "remove_client_tags",
    "reorder_client_fields",
    "tidy",
    "unblock_client",
    "update_client",
    "update_client_field",
    "update_client_note",
]
