"""Reading points, from the client they belong to."""

from __future__ import annotations

from tortoise.functions import Coalesce, Sum

from loyalty import models
from loyalty.types import Award
from modules.clients.types import Client
from modules.viewer import Viewer
from schema import Connection, Expression, Parent, expression, extend, rows


@extend(Client)
class ClientPoints:
    """Clients earn points."""

    @expression
    @staticmethod
    def points(client: Parent[Client], viewer: Viewer) -> Expression[int]:
        """All points this client was given."""
        given = viewer.rows(models.Award).filter(client_id=client.id)
        return given.annotate(total=Coalesce(Sum("points"), 0)).values("total")

    @rows
    @staticmethod
    def awards(client: Parent[Client], viewer: Viewer) -> Connection[Award]:
        """Awards, the latest first."""
        return viewer.rows(models.Award).filter(client_id=client.id).order_by("-earned_at")
