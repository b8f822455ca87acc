"""How clients come and go: figures that are kept of each, and what lists call them."""

from __future__ import annotations

from modules.profile import ProfileField, ProfileKind

FIGURES = (
    ProfileField(name="visit_count", kind=ProfileKind.NUMBER, label="Visits", missing="0"),
    ProfileField(name="no_show_count", kind=ProfileKind.NUMBER, label="No-shows", missing="0"),
    ProfileField(
        name="late_cancel_count", kind=ProfileKind.NUMBER, label="Late cancellations", missing="0"
    ),
    ProfileField(name="spent_minor", kind=ProfileKind.NUMBER, label="Spent in cents", missing="0"),
    ProfileField(name="last_visit_at", kind=ProfileKind.INSTANT, label="Last visit"),
    ProfileField(name="next_visit_at", kind=ProfileKind.INSTANT, label="Next visit"),
)
