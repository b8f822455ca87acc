"""The explorer: a page to sign in, read the schema and try the API, from our own files only."""

from __future__ import annotations

from schema.graphiql.page import routes
from schema.graphiql.start import Start

__all__ = ["Start", "routes"]
