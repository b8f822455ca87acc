"""Clients as the API shows them."""

from modules.clients.types.accounts import (
    ClientSettings,
    ResendClientVerificationInput,
    UpdateClientSettingsInput,
    VerifyClientEmailInput,
)
from modules.clients.types.client import AccountState, Address, Client
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
from modules.clients.types.forms import (
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
from modules.clients.types.order import ClientOrder
from modules.clients.types.tags import (
    AddClientTagsInput,
    ClientTag,
    RemoveClientTagsInput,
    TaggedClients,
)

__all__ = [
    "AccountState",
    "AddClientNoteInput",
    "AddClientTagsInput",
    "Address",
    "ArchiveClientFieldInput",
    "BlockClientInput",
    "Client",
    "ClientConsent",
    "ClientField",
    "ClientFieldValue",
    "ClientNote",
    "ClientOrder",
    "ClientSettings",
    "ClientTag",
    "CreateClientFieldInput",
    "CreateClientInput",
    "DeleteClientNoteInput",
    "RemoveClientTagsInput",
    "ReorderClientFieldsInput",
    "ReorderedClientFields",
    "ResendClientVerificationInput",
    "TaggedClients",
    "UnblockClientInput",
    "UpdateClientFieldInput",
    "UpdateClientInput",
    "UpdateClientNoteInput",
    "UpdateClientSettingsInput",
    "VerifyClientEmailInput",
]
