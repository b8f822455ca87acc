"""The client list and its files: reading, watching, changing."""

from modules.accounts.types import Business
from modules.clients.resolvers.accounts import (
    ClientAccountMutations,
    ViewerClient,
)
from modules.clients.resolvers.changes import ClientSubscriptions
from modules.clients.resolvers.fields import (
    BusinessClientFields,
    ClientCustomFields,
    FieldMutations,
)
from modules.clients.resolvers.files import ClientConsents, ClientMutations
from modules.clients.resolvers.list import BusinessClients
from modules.clients.resolvers.members import SegmentMembers
from modules.clients.resolvers.notes import ClientNotes, NoteMutations
from modules.clients.resolvers.segments import BusinessClientSegments, SegmentMutations
from modules.clients.resolvers.tags import BusinessClientTags, TagMutations
from modules.clients.rules import ClientSettings
from modules.clients.types import Client, ClientField, ClientNote, ClientSegment
from schema import getters, settings_of

SCHEMA = (
    BusinessClients,
    BusinessClientFields,
    BusinessClientTags,
    ViewerClient,
    ClientNotes,
    ClientConsents,
    ClientCustomFields,
    ClientMutations,
    ClientAccountMutations,
    NoteMutations,
    TagMutations,
    FieldMutations,
    ClientSubscriptions,
    BusinessClientSegments,
    SegmentMutations,
    SegmentMembers,
    *settings_of(Business, ClientSettings),
    *getters(Business, Client, ClientField, ClientNote, ClientSegment),
)

__all__ = ["SCHEMA"]
