"""A salon that invites people, and the mails they really get."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.portal.conftest import Ask, mails, salon
from tests.promises.conftest import Salon

__all__ = ["mails", "salon"]

INVITE = """mutation($to: [String!]!, $dry: Boolean! = false, $key: String) {
  inviteClients(input: {emails: $to}, dryRun: $dry, idempotencyKey: $key) {
    emails { outcome typed entry start end email clientInvitation { id email name status timesSent }
      client { id fullName email accountStatus } }
    mailed
    messages { kind recipient }
    problems { code field }
    replayed
  }
}"""
ACCEPT = """mutation($token: String!, $password: String, $first: String, $last: String) {
  acceptInvitation(
    input: {token: $token, password: $password, firstName: $first, lastName: $last}
  ) {
    token viewer { role business { name } } problems { code field }
  }
}"""
OPEN = """query($status: ClientInvitationStatus) { viewer { business {
  clientInvitations(filter: {status: $status}) {
    totalCount nodes { email status client { fullName } } }
} } }"""
CLIENTS = """{ viewer { business { clients { nodes { fullName email accountStatus } } } } }"""

Invite = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def enabled() -> list[str]:
    """Only what these tests are about."""
    return ["accounts", "appointments", "clients", "invitations", "messaging", "services"]


@pytest.fixture
def invite(api: Ask, salon: Salon) -> Invite:
    """Invite people, and give the payload."""

    async def inviting(*to: str, **more: Any) -> dict[str, Any]:
        answer = await api(INVITE, {"to": list(to), **more}, token=salon.token)
        payload: dict[str, Any] = answer["data"]["inviteClients"]
        return payload

    return inviting


@pytest.fixture
def listed(api: Ask, salon: Salon) -> Callable[[], Awaitable[list[tuple[str, str]]]]:
    """Say who is on the client list: names and states, beside the salon's own client Ann."""

    async def listing() -> list[tuple[str, str]]:
        answer = await api(CLIENTS, token=salon.token)
        nodes = answer["data"]["viewer"]["business"]["clients"]["nodes"]
        return [(n["fullName"], n["accountStatus"]) for n in nodes if n["fullName"] != "Ann Lee"]

    return listing
