"""Clients as the API shows them."""

from modules.clients.types.client import Client
from modules.clients.types.forms import CreateClientInput, UpdateClientInput
from modules.clients.types.order import ClientOrder

__all__ = ["Client", "ClientOrder", "CreateClientInput", "UpdateClientInput"]
