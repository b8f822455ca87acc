"""The client list and its files: reading, watching, changing."""

from modules.clients.resolvers.files import ClientMutations
from modules.clients.resolvers.list import BusinessClients

SCHEMA = (BusinessClients, ClientMutations)

__all__ = ["SCHEMA"]
