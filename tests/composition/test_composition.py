"""One schema out of many modules: what fits together, and what is refused in one sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from enum import Enum
from itertools import combinations
from pathlib import Path
from random import Random
from typing import cast

import pytest
from graphql import GraphQLEnumType, validate_schema

import schema
from modules import registry
from modules.contract import Module
from modules.registry import ModuleError
from schema import (
    Connection,
    Many,
    Node,
    Parent,
    Query,
    Viewer,
    computed,
    enum,
    expression,
    extend,
    nested,
    object,
    rows,
    table,
)
from schema.composed import SchemaError
from schema.problems import Problem
from tests.reading import library
from tests.reading.library import models
from tests.reading.library.types import Author, Binding, BookFilter

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = library.module


class Kind(Enum):
    """An enum that no field takes."""


@extend(Author)
class Shoes:
    """A field for authors, from somewhere else."""

    @expression
    @staticmethod
    def shoe_size(author: Parent[Author], viewer: Viewer) -> int:
        """How large their feet are."""
        return cast(int, viewer.rows(models.Book).filter(author_id=author.id).count())


@extend(Author)
class MoreShoes:
    """The same field, from elsewhere."""

    @computed(needs=("rank",))
    def shoe_size(self) -> int:
        """How large their shoes are."""
        return 42


@extend(Author)
class Names:
    """A field authors have already."""

    @computed(needs=("name",))
    def name(self) -> str:
        """Another name."""
        return "Anonymous"


@object
class Island:
    """A type no field returns."""

    name: str
    """How it is called."""


@extend(Island)
class Beaches:
    """Fields for it."""

    @computed()
    def beach_count(self) -> int:
        """How many beaches it has."""
        return 0


@extend(Query)
class Silent:
    """Fields that say nothing of themselves."""

    @rows
    @staticmethod
    def mute(viewer: Viewer) -> Many[Author]:  # noqa: D102 - that is the point
        return viewer.rows(models.Author)


@extend(Query)
class SilentArgument:
    """A field whose argument says nothing."""

    @rows
    @staticmethod
    def asked(viewer: Viewer, loudly: bool = False) -> Many[Author]:
        """All authors."""
        return viewer.rows(models.Author)


@object
class Hidden:  # noqa: D101 - that is the point
    name: str
    """How it is called."""


@object
class Half:
    """A type of which a part says nothing."""

    name: str


@enum
class Choice(Enum):
    """Values of which one says nothing."""

    LEFT = 1
    """Not right."""
    RIGHT = 2


@object
class Chosen:
    """What was chosen."""

    choice: Choice
    """Which."""


@extend(Query)
class Undescribed:
    """Ways to types that say too little."""

    @nested
    @staticmethod
    def hidden(viewer: Viewer) -> Hidden:
        """Something."""
        return Hidden(name="x")


@extend(Query)
class HalfDescribed:
    """Ways to types that say too little."""

    @nested
    @staticmethod
    def half(viewer: Viewer) -> Half:
        """Something."""
        return Half(name="x")


@extend(Query)
class ChoiceDescribed:
    """Ways to types that say too little."""

    @nested
    @staticmethod
    def chosen(viewer: Viewer) -> Chosen:
        """Something."""
        return Chosen(choice=Choice.LEFT)


@table(models.Review, prefix="bok")
class Bookmark(Node):
    """A type whose ids look like a book's."""

    stars: int
    """How many."""


@extend(Query)
class Bookmarks:
    """The way to it."""

    @rows
    @staticmethod
    def bookmarks(viewer: Viewer) -> Connection[Bookmark]:
        """All of them."""
        return viewer.rows(models.Review)


@table(models.Review, prefix="odd")
class Odd(Node):
    """A type that asks more of its table than there is."""

    weight: int
    """No such column."""


@table(models.Review, prefix="nul")
class Nullable(Node):
    """A type that promises more than its table."""

    words: str
    """A column that may be null."""


@table(models.Review, prefix="nee")
class Needy(Node):
    """A type that computes with what is not there."""

    @computed(needs=("stars", "moons"))
    def sky(self) -> int:
        """Everything up there."""
        return 0


@table(models.Review, prefix="row")
class Rowing(Node):
    """A type that computes rows."""

    @computed()
    def other(self) -> Author | None:
        """Somebody."""
        return None


@object
class Label:
    """What is written on a shelf."""

    authors: list[Author]
    """Whose books are there."""


@object
class Cabinet:
    """A plain object with rows deep inside."""

    label: Label | None
    """What is written on it."""


@table(models.Review, prefix="shf")
class Shelved(Node):
    """A type that computes an object with rows deep inside."""

    @computed()
    def shelf(self) -> Cabinet | None:
        """Where it is."""
        return None


@extend(Query)
class Shelves:
    """The way to a type."""

    @rows
    @staticmethod
    def shelved(viewer: Viewer) -> Many[Shelved]:
        """All of them."""
        return viewer.rows(models.Review)


@object
class Counter:
    """A plain object that would be asked something."""

    @computed()
    def count(self, more: int = 1) -> int:
        """How many.

        Args:
            more: How many more.
        """
        return more


@extend(Query)
class Odds:
    """The way to a type."""

    @rows
    @staticmethod
    def odds(viewer: Viewer) -> Many[Odd]:
        """All of them."""
        return viewer.rows(models.Review)


@extend(Query)
class Nullables:
    """The way to a type."""

    @rows
    @staticmethod
    def nullables(viewer: Viewer) -> Many[Nullable]:
        """All of them."""
        return viewer.rows(models.Review)


@extend(Query)
class Needies:
    """The way to a type."""

    @rows
    @staticmethod
    def needies(viewer: Viewer) -> Many[Needy]:
        """All of them."""
        return viewer.rows(models.Review)


@extend(Query)
class Rowings:
    """The way to a type."""

    @rows
    @staticmethod
    def rowings(viewer: Viewer) -> Many[Rowing]:
        """All of them."""
        return viewer.rows(models.Review)


@extend(Query)
class Counters:
    """The way to a type."""

    @nested
    @staticmethod
    def counter(viewer: Viewer) -> Counter:
        """One of them."""
        return Counter()


def _module(name: str, *classes: type, types: Sequence[type] = ()) -> Module:
    return Module(name=name, schema=classes, types=types)


def test_two_schemas_with_different_modules_live_side_by_side() -> None:
    """Neither class nor schema is changed by building another."""
    alone = schema.build([LIBRARY]).as_str()

    both = schema.build([LIBRARY, _module("cobbler", Shoes)])
    again = schema.build([LIBRARY])

    assert "shoeSize" in both.core.type_map["Author"].fields  # type: ignore[attr-defined]
    assert "shoeSize" not in again.core.type_map["Author"].fields  # type: ignore[attr-defined]
    assert again.as_str() == alone
    assert schema.build([LIBRARY, _module("cobbler", Shoes)]).as_str() == both.as_str()
    assert validate_schema(both.core) == []


def test_a_field_from_another_module_is_found_by_its_name() -> None:
    """Directives and tools ask a schema for fields by name; added ones are there too."""
    both = schema.build([LIBRARY, _module("cobbler", Shoes)])

    added = both.get_field_for_type("shoeSize", "Author")
    own = both.get_field_for_type("bookCount", "Author")

    assert (added and added.python_name, own and own.python_name) == ("shoe_size", "book_count")
    assert both.get_field_for_type("wings", "Author") is None
    assert both.get_field_for_type("name", "Dragon") is None


def test_the_order_of_the_setting_does_not_show() -> None:
    """However the modules are listed, the SDL is the same."""
    names = registry.built_in()
    shuffled = Random(1).sample(names, len(names))

    one = schema.build(registry.load(names)).as_str()
    other = schema.build(registry.load([*shuffled, *shuffled])).as_str()

    assert one == other


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (
            {"cobbler": [Shoes], "tailor": [MoreShoes]},
            "tailor and cobbler both define Author.shoeSize",
        ),
        (
            {"tailor": [Names]},
            "tailor and tests.reading.library.types both define Author.name",
        ),
        (
            {"tourism": [Beaches]},
            "tourism adds beachCount to Island, which no field returns",
        ),
        (
            {"mutes": [Silent]},
            "Query.mute has no description: write its docstring",
        ),
        (
            {"mutes": [SilentArgument]},
            "Query.asked(loudly) has no description: write its docstring",
        ),
        ({"mutes": [Undescribed]}, "Hidden has no description: write its docstring"),
        ({"mutes": [HalfDescribed]}, "Half.name has no description: write its docstring"),
        ({"mutes": [ChoiceDescribed]}, "Choice.RIGHT has no description: write its docstring"),
        ({"odd": [Odds]}, "Odd.weight has no resolver, and Review has no column weight"),
        (
            {"odd": [Nullables]},
            "Nullable.words may be null in its table: declare it with `| None`",
        ),
        ({"odd": [Needies]}, "Needy.sky needs moons, which Review does not have"),
        (
            {"odd": [Rowings]},
            "Rowing.other is computed, so it cannot answer rows (Author): pick them with @rows",
        ),
        (
            {"odd": [Shelves]},
            "Shelved.shelf is computed, so it cannot answer rows (Author): pick them with @rows",
        ),
        (
            {"odd": [Counters]},
            "Counter.count is computed on a plain object, so it cannot take arguments",
        ),
        ({"shop": [Bookmarks]}, "Book and Bookmark both start their ids with bok_"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(
    classes: dict[str, list[type]], message: str
) -> None:
    """At start, naming both parties; and the library alone still builds afterwards."""
    with pytest.raises(SchemaError) as refused:
        schema.build([LIBRARY, *(_module(n, *c) for n, c in classes.items())])

    assert str(refused.value) == message
    assert schema.build([LIBRARY]).tables.keys() == {"aut", "bok", "rev"}


def test_a_field_needs_a_resolver() -> None:
    """An attribute of an extension is nobody's column."""
    with pytest.raises(
        SchemaError,
        match=r"^Laces has no resolver for Author.colour$|^Laces.colour has no resolver$",
    ):

        @extend(Author)
        class Laces:
            colour: str


def test_interfaces_are_not_extended() -> None:
    """Their types would not be reached."""
    for target in (Problem, Node):
        with pytest.raises(SchemaError, match=r"^\w+ is an interface, so it cannot be extended$"):
            extend(target)


def test_an_input_gains_fields_that_may_be_left_out() -> None:
    """They are in the schema of the modules that run, and in no other."""

    @extend(BookFilter)
    class SignedBooks:
        """Books somebody wrote in."""

        signed: bool | None = None
        """Only signed ones, or only the others."""

        @staticmethod
        def where(viewer: Viewer, signed: bool | None) -> None: ...

    more = schema.build([LIBRARY, Module(name="collectors", schema=[SignedBooks])])
    fields = more.core.type_map["BookFilter"].fields  # type: ignore[attr-defined]

    assert fields["signed"].description == "Only signed ones, or only the others."
    assert list(more.additions) == [BookFilter]
    assert "signed" not in schema.build([LIBRARY]).core.type_map["BookFilter"].fields  # type: ignore[attr-defined]


@extend(Binding)
class Oriental(Enum):
    """Bindings from elsewhere."""

    STAB = "stab"
    """Stabbed through all pages."""


@extend(Binding)
class AlsoOriental(Enum):
    """The same, from somebody else."""

    STAB = "stabbed"
    """Stabbed as well."""


@extend(Kind)
class NeverTaken(Enum):
    """Values of an enum that is not in the schema."""

    MORE = "more"
    """One more."""


def test_an_enum_gains_values_and_resolvers_get_members_of_either() -> None:
    """They are in the schema of the modules that run, and in no other."""
    more = schema.build([LIBRARY, Module(name="japan", schema=[Oriental])])
    kind = cast(GraphQLEnumType, more.core.type_map["Binding"])

    assert kind.values["STAB"].description == "Stabbed through all pages."
    assert kind.coerce_input_value("STAB") is Oriental.STAB
    own = next(iter(Binding))
    assert kind.coerce_input_value(own.name) is own
    alone = cast(GraphQLEnumType, schema.build([LIBRARY]).core.type_map["Binding"])
    assert "STAB" not in alone.values
    assert kind.values.keys() == {*alone.values, "STAB"}


def test_a_value_is_added_once_and_to_an_enum_somebody_takes() -> None:
    """At start, in one sentence."""
    twice = [Module(name=n, schema=[c]) for n, c in (("a", Oriental), ("b", AlsoOriental))]
    with pytest.raises(SchemaError, match=r"^b adds Binding\.STAB once more$"):
        schema.build([LIBRARY, *twice])
    with pytest.raises(SchemaError, match="^a adds values to Kind, which no field takes$"):
        schema.build([LIBRARY, Module(name="a", schema=[NeverTaken])])


def test_an_input_is_only_extended_by_what_is_heard_and_may_be_left_out() -> None:
    """Frontends written before go on working, and nothing is passed over in silence."""
    with pytest.raises(SchemaError, match="^Unheard has neither `apply` nor `where`$"):

        @extend(BookFilter)
        class Unheard:
            """Said to nobody."""

            aloud: bool | None = None
            """Whether it is read aloud."""

    with pytest.raises(
        SchemaError, match=r"^Needed.signed has no default, so it cannot be left out$"
    ):

        @extend(BookFilter)
        class Needed:
            """Needed of everybody."""

            signed: bool
            """Whether it is signed."""


def test_a_schema_without_modules_has_only_node() -> None:
    """Even nothing is a legal list of modules."""
    empty = schema.build([])

    assert list(empty.core.query_type.fields) == ["node", "nodes"]  # type: ignore[union-attr]
    assert (empty.core.mutation_type, empty.core.subscription_type) == (None, None)


# --- lists of modules


def _subsets() -> list[tuple[str, ...]]:
    """Every list of built-in modules in which each finds what it requires."""
    names = registry.built_in()
    requires = {m.name: set(m.requires) for m in registry.load(names)}
    every = (c for n in range(len(names) + 1) for c in combinations(names, n))
    return [chosen for chosen in every if all(requires[n] <= set(chosen) for n in chosen)]


@pytest.mark.parametrize("names", _subsets(), ids="+".join)
def test_every_legal_subset_of_modules_builds(names: tuple[str, ...]) -> None:
    """Switching a module off takes its part of the schema away and leaves the rest whole."""
    built = schema.build(registry.load(names))
    whole = schema.build(registry.load(registry.built_in()))

    assert validate_schema(built.core) == []
    assert built.core.type_map.keys() <= whole.core.type_map.keys()


def test_an_unknown_module_is_refused_with_those_there_are() -> None:
    """A typing mistake in the settings is found at start."""
    with pytest.raises(ModuleError) as refused:
        registry.load(["accounts", "clinets"])

    assert str(refused.value).startswith("no module 'clinets'; there are accounts, appointments,")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["accounts", "clients", "appointments"], "appointments requires services: enable it too"),
        (["accounts", "appointments"], "appointments requires clients, services: enable them too"),
    ],
)
def test_a_missing_requirement_is_refused_naming_both(names: list[str], sentence: str) -> None:
    """Who requires whom."""
    with pytest.raises(ModuleError) as refused:
        registry.load(names)

    assert str(refused.value) == sentence


NAMES = ("hen", "egg", "clients", "cuckoo", "magpie", "jay")


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Packages of a third party, installed, none of which can work."""
    for name, requires in (("hen", "egg"), ("egg", "hen"), ("clients", "egg")):
        (tmp_path / f"their_{name}.py").write_text(
            f"from modules import Module\nmodule = Module(name='{name}', requires=['{requires}'])\n"
        )
    (tmp_path / "their_cuckoo.py").write_text(
        "from modules import Module\nmodule = Module(name='robin')\n"
    )
    for name, said in (
        ("magpie", "events import AppointmentBooked as A\nsaid = dict(reactions={A: []})"),
        ("jay", "hooks import MAY_BOOK\nsaid = dict(hooks={MAY_BOOK: print})"),
    ):
        (tmp_path / f"their_{name}.py").write_text(
            f"from modules import Module\nfrom modules.appointments.{said}\n"
            f"module = Module(name='{name}', requires=['accounts'], **said)\n"
        )
    about = tmp_path / "theirs-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[regulars.modules]\n" + "".join(f"{n} = their_{n}:module\n" for n in NAMES)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["hen", "egg"], "modules require each other: "),
        (["clients"], "more than one module is called 'clients'"),
        (
            ["magpie", "accounts"],
            "magpie names appointments.AppointmentBooked, but does not require appointments",
        ),
        (
            ["jay", "accounts"],
            "jay names appointments.may_book, but does not require appointments",
        ),
        (["cuckoo"], "cuckoo must offer a Module named 'cuckoo', not Module(name='robin'"),
    ],
)
def test_installed_modules_that_cannot_work_are_refused(
    offered: Path, names: list[str], message: str
) -> None:
    """Rings, names taken twice, requirements not said, and packages that offer something else."""
    with pytest.raises(ModuleError) as refused:
        registry.load(names)

    assert str(refused.value).startswith(message)


def test_a_ring_of_modules_is_named(offered: Path) -> None:
    """Both parties of a cycle are in the sentence."""
    with pytest.raises(ModuleError) as refused:
        registry.load(["hen", "egg"])

    assert str(refused.value) in (
        "modules require each other: hen -> egg -> hen",
        "modules require each other: egg -> hen -> egg",
    )


def test_modules_that_are_not_named_are_not_imported() -> None:
    """Switched off means not even loaded: shown in a process of its own."""
    program = (
        "import sys; from modules import registry; import schema\n"
        "schema.build(registry.load(['accounts']))\n"
        "print(sorted({n.split('.')[1] for n in sys.modules"
        " if n.startswith('modules.') and n.split('.')[1] in registry.built_in()}))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ran.stdout == "['accounts']\n"
