"""Deleting a client's file for good."""

from modules.erasure.rules.deleting import Deleted, delete_client
from modules.erasure.rules.finishing import FINISH, FINISHING, resume
from modules.erasure.rules.looking import look

__all__ = [
    "FINISH",
    "FINISHING",
    "Deleted",
    "delete_client",
    "look",
    "resume",
]
