"""How clients come and go: figures that are kept of each, and what lists call them."""

from __future__ import annotations

from modules.profile import ProfileField, ProfileKind

TABLE = "client_figures"

FIGURES = (
    *(
        ProfileField(name=name, kind=ProfileKind.NUMBER, label=label, missing="0", table=TABLE)
        for name, label in (
            ("visit_count", "Visits"),
            ("no_show_count", "No-shows"),
            ("late_cancel_count", "Late cancellations"),
            ("spent_minor", "Spent in cents"),
        )
    ),
    ProfileField(name="last_visit_at", kind=ProfileKind.INSTANT, label="Last visit", table=TABLE),
    ProfileField(name="next_visit_at", kind=ProfileKind.INSTANT, label="Next visit", table=TABLE),
)
