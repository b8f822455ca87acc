"""Sending: every message has a line in the ledger, and leaves once."""

from __future__ import annotations

from modules.messaging.rules.office import DeliveryDelayed, PostOffice, open_post_office

__all__ = ["DeliveryDelayed", "PostOffice", "open_post_office"]
