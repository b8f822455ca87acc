"""Clients as the API shows them."""

from modules.clients.types.accounts import (
    ResendClientVerificationInput,
    UpdateMyClientFileInput,
    VerifyClientEmailInput,
)
from modules.clients.types.change import ClientChange, ClientChangeKind
from modules.clients.types.client import AccountStatus, Address, Client
from modules.clients.types.consents import ClientConsent
from modules.clients.types.fields import (
    ArchiveClientFieldInput,
    ClientField,
    ClientFieldValue,
    CreateClientFieldInput,
    ReorderClientFieldsInput,
    ReorderedClientFields,
    UpdateClientFieldInput,
)
from modules.clients.types.filter import ClientFilter, MoneyFilter, NumberFilter, TimeFilter
from modules.clients.types.inputs import (
    BlockClientInput,
    CreateClientInput,
    UnblockClientInput,
    UpdateClientInput,
)
from modules.clients.types.notes import (
    AddClientNoteInput,
    ClientNote,
    DeleteClientNoteInput,
    UpdateClientNoteInput,
)
from modules.clients.types.order import ClientOrder, ClientOrderField
from modules.clients.types.profiled import lists_fill
from modules.clients.types.segments import (
    CLIENT_SEGMENT_COLUMNS,
    ClientSegment,
    ClientSegmentOrder,
    CreateClientSegmentInput,
    DeleteClientSegmentInput,
    UpdateClientSegmentInput,
)
from modules.clients.types.tags import (
    AddClientTagsInput,
    ClientTag,
    RemoveClientTagsInput,
    TaggedClients,
)

__all__ = [
    "CLIENT_SEGMENT_COLUMNS",
    "AccountStatus",
    "AddClientNoteInput",
    "AddClientTagsInput",
    "Address",
    "ArchiveClientFieldInput",
    "BlockClientInput",
    "Client",
    "ClientChange",
    "ClientChangeKind",
    "ClientConsent",
    "ClientField",
    "ClientFieldValue",
    "ClientFilter",
    "ClientNote",
    "ClientOrder",
    "ClientOrderField",
    "ClientSegment",
    "ClientSegmentOrder",
    "ClientTag",
    "CreateClientFieldInput",
    "CreateClientInput",
    "CreateClientSegmentInput",
    "DeleteClientNoteInput",
    "DeleteClientSegmentInput",
    "MoneyFilter",
    "NumberFilter",
    "RemoveClientTagsInput",
    "ReorderClientFieldsInput",
    "ReorderedClientFields",
    "ResendClientVerificationInput",
    "TaggedClients",
    "TimeFilter",
    "UnblockClientInput",
    "UpdateClientFieldInput",
    "UpdateClientInput",
    "UpdateClientNoteInput",
    "UpdateClientSegmentInput",
    "UpdateMyClientFileInput",
    "VerifyClientEmailInput",
    "lists_fill",
]
