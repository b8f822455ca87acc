"""Columns of several postal addresses: which belong together, and which address is taken."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from modules.imports.reading import values
from modules.imports.reading.fields import ImportField, tidy

PARTS = (
    ImportField.STREET,
    ImportField.HOUSE_NUMBER,
    ImportField.STREET_2,
    ImportField.POSTAL_CODE,
    ImportField.CITY,
    ImportField.REGION,
    ImportField.COUNTRY,
)
QUALIFIED = frozenset((*PARTS, ImportField.EMAIL, ImportField.PHONE))
"""What a client has several of, so that names of columns say which one is meant."""
_WHICH = re.compile(
    r"\b(home|business|work|office|company|other|billing|invoice|shipping|delivery|mailing|primary|"
    r"secondary|main|personal|private|residential|privat\w*|geschaftlich|dienstlich|weitere\w*|"
    r"liefer\w*|rechnungs\w*|prive|privee?|werk|zakelijk\w*|thuis|huis|overige?|factuur|bureau|domicile|"
    r"travail|autre|particulier|facturation|livraison|trabajo|casa|oficina|otr[oa]|facturacion|envio|"
    r"ufficio|lavoro|altro|residenza|abitazione|fatturazione|spedizione|trabalho|residencia\w*|"
    r"comercial|outr[oa]|ev|is|diger|fatura|teslimat|dom|domowy|praca|sluzbowy|inny|"
    r"default address|huisadres|werkadres|"
    r"(?:address|adresse|adres|direccion|indirizzo|endereco) \d)\b"
)


def unqualified(header: str) -> str:
    """Give a name without what says which of several addresses it is about."""
    return " ".join(_WHICH.sub(" ", tidy(header)).split())


def which(header: str) -> str:
    """Give what a name says about which of several addresses it is about; empty: nothing."""
    return " ".join(sorted(set(_WHICH.findall(tidy(header)))))


class Addresses:
    """The addresses a list has columns for."""

    def __init__(self, places: Mapping[ImportField, Sequence[int]], names: Sequence[str]) -> None:
        groups = [which(name) for name in names]
        self._columns = {
            part: [(index, groups[index] if index < len(groups) else "") for index in places[part]]
            for part in PARTS
            if part in places
        }
        self._several = any(len(columns) > 1 for columns in self._columns.values())
        found = sorted((i, group) for columns in self._columns.values() for i, group in columns)
        self._groups = list(dict.fromkeys(group for _, group in found))

    def chosen(self, row: Sequence[str]) -> dict[ImportField, str]:
        """Give the parts of the first address of a row that has a street, else of the first one.

        Parts that only one column without such a word is about belong to whichever it is.
        """
        if not self._several:
            return self._parts(row, None)
        found = [self._parts(row, group) for group in self._groups]
        streets = (parts for parts in found if ImportField.STREET in parts)
        return next(streets, max(found, key=len, default={}))

    def _parts(self, row: Sequence[str], group: str | None) -> dict[ImportField, str]:
        parts: dict[ImportField, str] = {}
        for part, columns in self._columns.items():
            here = [i for i, of in columns if group is None or of == group]
            shared = [i for i, of in columns if not of and len(columns) == 1]
            for index in here or shared:
                if index < len(row) and (cell := row[index].strip()):
                    parts[part] = values.unguarded(cell)
                    break
        return parts
