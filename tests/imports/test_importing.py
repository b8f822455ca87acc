"""Lists from elsewhere, from the upload to the client list and back."""

from __future__ import annotations

from tests.imports.conftest import Salon

LIST = (
    "Vorname;Nachname;E-Mail-Adresse;Handy;Geburtsdatum;Straße;PLZ;Ort;Land;Notizen;Newsletter\n"
    "Zoë;Müller;Zoe@X.example;06 12345678;31.12.1985;Hauptstr. 5;50667;Köln;Deutschland;nett;ja\n"
    "Jörg;Groß;;+49 221 1234567;;;;;;;nein\n"
    "Ohne;Adresse;;;;;;;;;\n"
)


async def test_a_list_is_uploaded_looked_over_committed_and_taken_back(salon: Salon) -> None:
    """R19, C9: what a file says becomes clients, in seconds, and we say what cannot."""
    id_ = await salon.bring(LIST.encode("cp1252"))
    ready = await salon.settled(id_)
    rows = await salon.rows(id_)
    done = await salon.commit(id_)
    clients = await salon.clients()
    back = await salon.roll_back(id_)

    assert ready["state"] == "READY"
    assert ready["layout"] == {
        "encoding": "Windows-1252", "separator": ";", "sheet": None, "headerRow": 1,
    }  # fmt: skip
    assert ready["counts"] == {
        "rows": 3, "read": 3, "create": 2, "update": 0, "skip": 0, "problem": 1,
    }  # fmt: skip
    assert [column["field"] for column in ready["columns"]] == [
        "FIRST_NAME", "LAST_NAME", "EMAIL", "PHONE", "BIRTHDAY", "STREET", "POSTAL_CODE", "CITY",
        "COUNTRY", "NOTE", "CONSENT_EMAIL",
    ]  # fmt: skip
    assert rows[0] == {
        "rowNumber": 2,
        "outcome": "CREATE",
        "same": None,
        "sameAsRow": None,
        "client": None,
        "person": {
            "firstName": "Zoë", "lastName": "Müller", "email": "zoe@x.example",
            "phone": "+31612345678", "birthday": "1985-12-31", "street": "Hauptstr. 5",
            "postalCode": "50667", "city": "Köln", "country": "DE", "note": "nett", "tags": [],
            "consents": ["EMAIL"],
        },
        "problems": [],
    }  # fmt: skip
    assert rows[2]["outcome"] == "PROBLEM"
    assert rows[2]["problems"] == [
        {"code": "EMAIL_OR_PHONE_REQUIRED", "field": "email", "value": None, "fatal": True}
    ]
    assert done["state"] == "COMMITTED"
    assert done["effects"] == {"created": 2, "updated": 0, "removed": 0, "restored": 0, "kept": 0}
    assert [(c["first_name"], c["email"], c["source"], c["consents"]) for c in clients] == [
        ("Jörg", None, "IMPORT", []),
        ("Zoë", "zoe@x.example", "IMPORT", ["EMAIL"]),
    ]
    assert back["state"] == "ROLLED_BACK"
    assert back["effects"] == {"created": 2, "updated": 0, "removed": 2, "restored": 0, "kept": 0}
    assert await salon.clients() == []
