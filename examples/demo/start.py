"""What the explorer fills in for the first visitor of the demo salon."""

from __future__ import annotations

from examples.demo.load import load
from schema.graphiql import Start
from schema.ids import encode


async def start() -> Start:
    """Say how to sign in, and name things that exist; the slot is one that is free right now."""
    demo = await load()
    return Start(
        email=demo.email,
        password=demo.password,
        zone=demo.zone,
        business=encode("biz", demo.business_id),
        client=encode("cli", demo.client_id),
        service=encode("srv", demo.service_id),
        staff=encode("stf", demo.staff_id),
        free_slot=demo.free_slot,
    )
