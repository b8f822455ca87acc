"""The committed SDL is the schema, and nothing that breaks clients goes in unsaid."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import schema
from modules import registry
from tests.composition.breaking import ROOT, SDL, baselines, untold

BEFORE = '''
"""A client."""
type Client { "Who." name(short: Boolean): String!  "When." born: String }
enum Colour { RED GREEN }
type Query { clients: [Client!]!  colour: Colour }
'''


@pytest.fixture(scope="module")
def composed() -> str:
    """The SDL of all built-in modules."""
    return schema.build(registry.load(registry.built_in())).as_str() + "\n"


def test_the_committed_sdl_is_current(composed: str) -> None:
    """When this fails: `regulars schema > schema/schema.graphql`, and look at the difference."""
    assert (ROOT / SDL).read_text(encoding="utf-8") == composed


def test_nothing_breaks_clients_unless_the_changelog_says_so(composed: str) -> None:
    """Compared with the last commits; name the field under Changed or Removed to let it pass."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert [untold(before, composed, changelog) for before in baselines()] == [
        [] for _ in baselines()
    ]


@pytest.mark.parametrize(
    ("old", "new", "message", "name"),
    [
        ('"When." born: String', "", "Field Client.born was removed.", "Client.born"),
        ("(short: Boolean)", "", "Argument Client.name(short:) was removed.", "Client.name"),
        ("(short: Boolean)", "(short: Boolean!)", "Argument Client.name(short:)", "Client.name"),
        ("born: String", "born: Int", "Field Client.born changed type", "Client.born"),
        ("RED GREEN", "RED", "Enum value Colour.GREEN was removed.", "Colour.GREEN"),
        ("colour: Colour", "", "Field Query.colour was removed.", "Query.colour"),
    ],
)
def test_a_breaking_change_is_found_and_may_be_announced(
    old: str, new: str, message: str, name: str
) -> None:
    """Fields, arguments, types and enum values that clients may rely on."""
    after = BEFORE.replace(old, new)
    quiet = f"## Unreleased\n\n### Added\n\n- `{name}`\n\n## 0.1\n\n### Removed\n\n- `{name}`\n"
    open_ = f"## Unreleased\n\n### Changed\n\n- `{name}` is not what it was.\n"

    found = untold(BEFORE, after, quiet)

    assert [text.startswith(message) for text in found] == [True]
    assert untold(BEFORE, after, open_) == []


def test_what_is_only_added_breaks_nobody() -> None:
    """New fields, types and optional arguments need no announcement."""
    after = (
        BEFORE.replace("born: String", "born: String  age(in: Int): Int") + "type New { x: Int }"
    )

    assert untold(BEFORE, after, "") == []


def test_the_last_two_commits_are_what_is_compared_with(tmp_path: Path) -> None:
    """A break shows before it is committed and right after; without history, the file stands in."""
    (tmp_path / SDL.parent).mkdir()
    (tmp_path / SDL).write_text("type Query { now: Int }")
    assert baselines(tmp_path) == ["type Query { now: Int }"]

    def git(*words: str) -> None:
        who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    git("init", "-q")
    for text in ("type Query { one: Int }", "type Query { two: Int }", "type Query { three: Int }"):
        (tmp_path / SDL).write_text(text)
        git("add", "-A")
        git("commit", "-q", "-m", "A change")
    (tmp_path / SDL).write_text("type Query { now: Int }")

    assert baselines(tmp_path) == ["type Query { three: Int }", "type Query { two: Int }"]
