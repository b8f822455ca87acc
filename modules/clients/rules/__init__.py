"""What the business allows when it comes to its clients' files."""

from modules.clients.hooks import Cancelled, Deletion
from modules.clients.models import (
    ClientFieldKind,
    ClientNoteKind,
    ClientSource,
    MarketingChannel,
)
from modules.clients.profile import FIELDS, INTERNAL, PROFILE, ClientChanges, Field, Merge
from modules.clients.rules import phone_numbers, reaching
from modules.clients.rules.addresses import CountryInvalid
from modules.clients.rules.birthdays import BirthdayInvalid
from modules.clients.rules.blocking import block_client, unblock_client
from modules.clients.rules.changes import Address, Consent, FieldValue, Note
from modules.clients.rules.consents import ChannelTwice
from modules.clients.rules.deleting import delete, lock
from modules.clients.rules.facts import Definition, Facts, facts
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
from modules.clients.rules.filtering import FilterTooComplex, check_size
from modules.clients.rules.folding import FOLDING, FOUND_BY, fold, found_by
from modules.clients.rules.joining import close, copy_of, rewrite
from modules.clients.rules.many import (
    TAKEN_BACK,
    Remains,
    hold_many,
    open_many,
    rewrite_many,
    size_up,
    sort_in,
    take_back_many,
)
from modules.clients.rules.notes import (
    NoteEmpty,
    add_client_note,
    delete_client_note,
    update_client_note,
)
from modules.clients.rules.own import NoFile, update_own
from modules.clients.rules.phone_numbers import PhoneInvalid
from modules.clients.rules.reaching import (
    REGIONS,
    EmailOrPhoneRequired,
    region_of,
)
from modules.clients.rules.refolding import UNEDITED, refold
from modules.clients.rules.segments import (
    SegmentOutdated,
    SegmentsTooMany,
    all_filters,
    create_client_segment,
    delete_client_segment,
    filters,
    naming,
    update_client_segment,
)
from modules.clients.rules.settings import (
    ClientHasNoAccount,
    ClientSettings,
    check_account,
    without_account,
)
from modules.clients.rules.tags import (
    ClientsTooMany,
    Tagged,
    TagsTooMany,
    add_client_tags,
    remove_client_tags,
)
from modules.clients.rules.tidying import (
    PhoneRegionInvalid,
    Tidied,
    completed,
    tidy,
)
from modules.clients.rules.verifying import (
    AlreadyVerified,
    NothingToVerify,
    address_changed,
    note_invited,
    note_uninvited,
    prove,
    readmit,
    resend,
    settle,
    verify,
    withdraw_client,
)
from modules.mail_address import EmailInvalid

__all__ = [
    "FIELDS",
    "FOLDING",
    "FOUND_BY",
    "INTERNAL",
    "PROFILE",
    "REGIONS",
    "TAKEN_BACK",
    "UNEDITED",
    "Address",
    "AlreadyVerified",
    "BirthdayInvalid",
    "Cancelled",
    "ChannelTwice",
    "ClientChanges",
    "ClientFieldKind",
    "ClientHasNoAccount",
    "ClientNoteKind",
    "ClientSettings",
    "ClientSource",
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
    "Definition",
    "Deletion",
    "EmailInvalid",
    "EmailOrPhoneRequired",
    "Facts",
    "Field",
    "FieldValue",
    "FilterTooComplex",
    "MarketingChannel",
    "Merge",
    "NoFile",
    "Note",
    "NoteEmpty",
    "NothingToVerify",
    "PhoneInvalid",
    "PhoneRegionInvalid",
    "Remains",
    "SegmentOutdated",
    "SegmentsTooMany",
    "Tagged",
    "TagsTooMany",
    "Tidied",
    "add_client_note",
    "add_client_tags",
    "address_changed",
    "all_filters",
    "archive_client_field",
    "block_client",
    "check_account",
    "check_size",
    "close",
    "completed",
    "copy_of",
    "create_client",
    "create_client_field",
    "create_client_segment",
    "create_clients",
    "delete",
    "delete_client_note",
    "delete_client_segment",
    "facts",
    "filters",
    "fold",
    "found_by",
    "hold_many",
    "lock",
    "naming",
    "note_invited",
    "note_uninvited",
    "open_many",
    "phone_numbers",
    "prove",
    "reaching",
    "readmit",
    "refold",
    "region_of",
    "remove_client_tags",
    "reorder_client_fields",
    "resend",
    "rewrite",
    "rewrite_many",
    "settle",
    "size_up",
    "sort_in",
    "take_back_many",
    "tidy",
    "unblock_client",
    "update_client",
    "update_client_field",
    "update_client_note",
    "update_client_segment",
    "update_own",
    "verify",
    "withdraw_client",
    "without_account",
]
