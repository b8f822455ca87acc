"""What appointments ask of modules they do not know."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from modules.asking import Question
from modules.viewer import Viewer

MAY_BOOK: Question[[Viewer, UUID, Sequence[UUID]], AbstractSet[UUID]] = Question(
    "appointments.may_book"
)
"""Which of these clients were chosen for a service that is not for everyone, until the end of this
change; whoever answers may refuse itself, to say more. Nobody answers: none of them."""

MAY_MOVE: Question[[Viewer, UUID, UUID], bool] = Question("appointments.may_move")
"""Whether a client may move themselves what they hold of a service that is not for everyone. One
no is a no; nobody answers: they may."""
