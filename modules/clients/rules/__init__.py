"""What the business allows when it comes to its clients' files."""

from modules.clients.rules.files import (
    BirthdayInvalid,
    ClientChanges,
    PhoneRegionInvalid,
    create_client,
    create_clients,
    update_client,
)
from modules.clients.rules.folding import fold, pattern
from modules.clients.rules.reaching import EmailInvalid, EmailOrPhoneRequired, PhoneInvalid

__all__ = [
    "BirthdayInvalid",
    "ClientChanges",
    "EmailInvalid",
    "EmailOrPhoneRequired",
    "PhoneInvalid",
    "PhoneRegionInvalid",
    "create_client",
    "create_clients",
    "fold",
    "pattern",
    "update_client",
]
