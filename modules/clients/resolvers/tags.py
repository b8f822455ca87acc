"""Tags: which there are, and changing those of many clients."""

from __future__ import annotations

from modules.accounts.types import Business
from modules.clients import models, rules
from modules.clients.types import (
    AddClientTagsInput,
    Client,
    ClientTag,
    RemoveClientTagsInput,
    TaggedClients,
)
from modules.errors import NotFound
from modules.text import TextNotAllowed, TextTooLong
from modules.viewer import TEAM, Viewer
from schema import Connection, Mutation, Parent, Payload, extend, mutation, ref, rows

REFUSALS = (NotFound, rules.ClientsTooMany, rules.TagsTooMany, TextTooLong, TextNotAllowed)


@extend(Business)
class BusinessClientTags:
    """A business finds its clients by tags."""

    @rows(audience=TEAM)
    @staticmethod
    def client_tags(business: Parent[Business], viewer: Viewer) -> Connection[ClientTag]:
        """The tags its clients have, in their order, each with how many have it."""
        return viewer.rows(models.ClientTag).filter(business_id=business.id).order_by("tag")


@extend(Mutation)
class TagMutations:
    """Tagging many clients at once."""

    @mutation(refuses=REFUSALS)
    @staticmethod
    async def add_client_tags(by: Viewer, input: AddClientTagsInput) -> Payload[TaggedClients]:
        """Put tags on clients, beside those they have."""
        done = await rules.add_client_tags(by, client_ids=input.client_ids, tags=input.tags)
        return _tagged(done)

    @mutation(refuses=REFUSALS)
    @staticmethod
    async def remove_client_tags(
        by: Viewer, input: RemoveClientTagsInput
    ) -> Payload[TaggedClients]:
        """Take tags off clients, whether they have them or not."""
        done = await rules.remove_client_tags(by, client_ids=input.client_ids, tags=input.tags)
        return _tagged(done)


def _tagged(done: rules.Tagged) -> TaggedClients:
    return TaggedClients(
        clients=[ref(Client, each) for each in done.client_ids], changed=done.changed
    )
