"""What may become part of SQL is ours, or refused."""

from __future__ import annotations

import pytest

from storage.words import identifier, literal


@pytest.mark.parametrize("name", ['a"', "a b", "", "A", "é", "a" * 64, "a;", "1a", "a\n"])
def test_what_is_no_name_of_ours_is_no_identifier(name: str) -> None:
    """R29: neither quoted nor cut, but refused."""
    with pytest.raises(ValueError, match="tables and columns are named like client_id"):
        identifier(name)


@pytest.mark.parametrize("word", ["it's", '"', "\\", "$$", "é", "a" * 201, "a;", "a\n", "\0"])
def test_what_may_be_somebody_elses_is_no_literal(word: str) -> None:
    """R29: it is to be bound as a value."""
    with pytest.raises(ValueError, match="bind it as a value"):
        literal(word)


def test_our_own_words_are_passed_on() -> None:
    """As they are written in our code."""
    assert (identifier("client_id"), literal("appointment.booked")) == (
        "client_id", "'appointment.booked'",
    )  # fmt: skip
