"""Clients as the API shows them."""

from modules.clients.types.client import Address, Client
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
    "ClientTag",
    "CreateClientFieldInput",
    "CreateClientInput",
    "DeleteClientNoteInput",
    "RemoveClientTagsInput",
    "ReorderClientFieldsInput",
    "ReorderedClientFields",
    "TaggedClients",
    "UnblockClientInput",
    "UpdateClientFieldInput",
    "UpdateClientInput",
    "UpdateClientNoteInput",
]
