"""Who performs which service of a visit, when somebody may be wanted for more than one."""

from __future__ import annotations

from collections.abc import Sequence

from modules.appointments.rules.availability import Person

Stretch = tuple[int, int]
"""The minutes from which and until which a service takes somebody's time."""


def staffed(able: Sequence[Sequence[Person]], takes: Sequence[Stretch]) -> Sequence[Person]:
    """Choose somebody for each service; nobody at all where it cannot be done.

    `able` are those who could perform each, the preferred ones first, and `takes` is what it takes
    of their time. Nobody is given two services that take the same minute. Of all choices it is the
    first: the preferred one for the first service with whom the others can be performed, and so on.

    It tries few. Where somebody is chosen for a service, one of its first `len(able)` does as well,
    since all other services together take fewer than that. And what could not be done once is not
    tried again after a choice that leaves the same people busy.
    """
    return _Choice([people[: len(able)] for people in able], takes).after(())


class _Choice:
    """The search, with what it has found impossible."""

    def __init__(self, able: Sequence[Sequence[Person]], takes: Sequence[Stretch]) -> None:
        self._able, self._takes = able, takes
        self._earliest = [min(since for since, _ in takes[n:]) for n in range(len(takes))]
        """From when on any service takes time that is still to be given to somebody."""
        self._impossible: set[tuple[int, frozenset[tuple[object, int]]]] = set()

    def after(self, chosen: tuple[Person, ...]) -> Sequence[Person]:
        """Choose for all services that follow those somebody was chosen for."""
        index = len(chosen)
        if index == len(self._able):
            return chosen
        busy = frozenset(
            (person.id, n)
            for n, person in enumerate(chosen)
            if self._takes[n][1] > self._earliest[index]
        )
        if (index, busy) in self._impossible:
            return ()
        for person in self._able[index]:
            if self._is_free(person, chosen) and (found := self.after((*chosen, person))):
                return found
        self._impossible.add((index, busy))
        return ()

    def _is_free(self, person: Person, chosen: Sequence[Person]) -> bool:
        since, until = self._takes[len(chosen)]
        return not any(
            person is other and since < b and a < until
            for other, (a, b) in zip(chosen, self._takes, strict=False)
        )
