"""What appointments ask of modules they do not know."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from modules.hooks import Hook
from modules.viewer import Viewer

MAY_BOOK: Hook[[Viewer, UUID, Sequence[UUID]], AbstractSet[UUID]] = Hook("appointments.may_book")
"""Which of these clients were chosen for a service that is not for everyone, until the end of this
change; whoever answers may refuse itself, to say more. Nobody answers: none of them."""

MAY_MOVE: Hook[[Viewer, UUID, UUID], bool] = Hook("appointments.may_move")
"""Whether a client may move themselves what they hold of a service that is not for everyone. One
no is a no; nobody answers: they may."""
