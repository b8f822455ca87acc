"""The data all are measured on: a salon with years of history, written by PostgreSQL itself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import asyncpg

CLIENTS, APPOINTMENTS, STAFF, SERVICES = 50_000, 500_000, 10, 20
PER_DAY, PER_WEEK = 21, 105
"""Slots of one member of staff; one a day was cancelled, so a week shows 100."""

# A client's place in these lists follows from their number, so every run has the same names.
_NAMES = """
CREATE TEMP TABLE names AS SELECT
    '{Anna,Bram,Carla,David,Emma,Finn,Greta,Hugo,Iris,Jonas,Karin,Lars,Maria,Noah,Olga,Pieter,Rosa,
      Sven,Tessa,Victor,Willem,Yara}'::text[] AS firsts,
    '{Ab,Bak,Cor,Dal,Ek,Fal,Gar,Hol,Iv,Jan,Kel,Lin,Mar,Nor,Oos,Pel,Rav,Sol,Tim,Val,Wes,Zan}'::text[]
        AS heads,
    '{berg,dam,feld,hout,kamp,lund,man,ner,rup,sen,stra,ter,veld,wijk,zoon}'::text[] AS tails
"""
_BUSINESS = """
WITH business AS (
    INSERT INTO businesses (id, name, zone, currency)
    VALUES (uuidv7(), $1, 'Europe/Amsterdam', 'EUR') RETURNING id
), account AS (
    INSERT INTO accounts (id, email, name, confirmed_at)
    VALUES (uuidv7(), $2, 'Olga Owner', now()) RETURNING id
), membership AS (
    INSERT INTO memberships (id, account_id, business_id, role)
    SELECT uuidv7(), account.id, business.id, 'OWNER' FROM account, business
)
SELECT business.id AS business, account.id AS account FROM business, account
"""
_SESSION = """
INSERT INTO sessions (id, account_id, business_id, token_hash, expires_at)
VALUES (uuidv7(), $1, $2, $3, now() + interval '300 days')
"""
_TEAM = """
WITH team AS (
    INSERT INTO staff (business_id, name, colour)
    SELECT $1, 'Staff ' || n, '#3366' || lpad(to_hex(n), 2, '0') FROM generate_series(1, $2) n
    RETURNING id
), list AS (
    INSERT INTO services (business_id, name, duration_minutes, price_minor, currency, colour)
    SELECT $1, 'Service ' || n, 30, 2500 + 100 * n, 'EUR', '#6633' || lpad(to_hex(n), 2, '0')
    FROM generate_series(1, $3) n
    RETURNING id
), performers AS (
    INSERT INTO service_staff (business_id, service_id, staff_id)
    SELECT $1, list.id, team.id FROM list, team
)
INSERT INTO working_hours (business_id, staff_id, weekday, starts, ends)
SELECT $1, team.id, day, '06:00', '23:00' FROM team, generate_series(1, 7) day
"""
_CLIENTS = """
INSERT INTO clients (business_id, first_name, last_name, email, phone, birthday, note, sort_name,
    search_text, folding)
SELECT $1, first, last, email, phone, date '1950-01-01' + n % 18000,
    CASE n % 3 WHEN 0 THEN 'Prefers the window.' END,
    lower(last || ' ' || first), lower(concat_ws(' ', first, last, first, email, phone)), 1
FROM generate_series(1, $2) n, names, LATERAL (
    SELECT firsts[1 + n % 22] AS first, heads[1 + n / 22 % 22] || tails[1 + n / 484 % 15] AS last
) name, LATERAL (
    SELECT lower(name.first) || n || '@example.org' AS email,
        '+31' || 600000000 + n AS phone
) reach (email, phone)
"""
# Weeks before this one, Monday to Friday, from 07:00 UTC; a tenth of the clients have half the
# visits. No two begin at the same minute, so that there is one right order.
_APPOINTMENTS = """
WITH team AS (SELECT array_agg(id ORDER BY id) AS ids FROM staff WHERE business_id = $1),
list AS (SELECT array_agg(id ORDER BY id) AS ids FROM services WHERE business_id = $1),
people AS (SELECT array_agg(id ORDER BY id) AS ids FROM clients WHERE business_id = $1)
INSERT INTO appointments (business_id, client_id, service_id, staff_id, starts_at, ends_at,
    blocked_from, blocked_until, status, price_minor, currency, cancelled_at)
SELECT $1,
    people.ids[1 + n / 2 * 7919 % CASE n % 2 WHEN 0 THEN $2 ELSE $2 / 10 END],
    list.ids[1 + n / 7 % array_length(list.ids, 1)],
    team.ids[1 + n % array_length(team.ids, 1)], starts, ends, starts, ends, status, 2500, 'EUR',
    CASE status WHEN 'CANCELLED' THEN starts END
FROM generate_series(0::bigint, $3 - 1) n, team, list, people, LATERAL (
    SELECT n / array_length(team.ids, 1) AS nth
) own, LATERAL (
    SELECT date_trunc('week', now(), 'UTC') - (nth / 105 + 1) * interval '7 days'
        + nth / 21 % 5 * interval '1 day' + interval '7 hours'
        + nth % 21 * interval '30 minutes' + n % 10 * interval '1 minute' AS starts
) time, LATERAL (
    SELECT starts + interval '30 minutes' AS ends,
        CASE nth % 21 WHEN 20 THEN 'CANCELLED' WHEN 7 THEN 'NO_SHOW' ELSE 'COMPLETED' END AS status
) more
"""
# Rows that refer to one another by construction need no trigger to look; what keeps claims apart,
# and the other indexes, are made again once all rows are there, which is what takes the time.
_INDEXES = """
SELECT format('ALTER TABLE claims DROP CONSTRAINT %I', conname) AS drop,
    format('ALTER TABLE claims ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) AS make
FROM pg_constraint WHERE conrelid = 'claims'::regclass AND contype = 'x'
UNION ALL
SELECT format('DROP INDEX %I', indexname), indexdef FROM pg_indexes
WHERE indexname LIKE 'appointments_by%' OR indexname LIKE 'appointment_segments_by%'
"""

# What triggers would have written.
_WORDS = """
INSERT INTO client_words (id, business_id, sort_name, words, starts, keys)
SELECT id, business_id, sort_name, search_text, left(search_text, 80), client_keys(search_text)
FROM clients
"""
_SEGMENTS = """
INSERT INTO appointment_segments (business_id, appointment_id, position, service_id, staff_id,
    starts_at, ends_at, blocked_from, blocked_until, price_minor,
    currency)
SELECT business_id, id, 1, service_id, staff_id, starts_at, ends_at, blocked_from, blocked_until,
    price_minor, currency
FROM appointments
"""
_CLAIMS = """
INSERT INTO claims (business_id, holder_id, taker_id, during)
SELECT business_id, staff_id, id, tstzrange(blocked_from, blocked_until)
FROM appointments WHERE takes_time(status)
"""
_BEGUN = """
INSERT INTO client_figures (id, business_id, opened_at)
SELECT id, business_id, created_at FROM clients
"""
_FIGURES = """
SELECT count_visits(VARIADIC ids) FROM (
    SELECT array_agg(id) AS ids
    FROM (SELECT id, row_number() OVER (ORDER BY id) / 1000 AS part FROM client_figures) c
    GROUP BY part
) parts
"""


@dataclass(frozen=True, slots=True)
class Data:
    """What the measurements ask for: ids that exist, and the owner's token."""

    business: UUID
    token: str
    staff: list[UUID]
    services: list[UUID]
    clients: list[UUID]
    """Some who came 20 times and more, or at a small scale all."""
    first_week: datetime
    """The Monday of the latest week that is full."""
    weeks: int
    """How many full weeks there are before it, itself included."""


async def seed(connection: asyncpg.Connection, scale: float) -> None:
    """Fill empty, migrated tables: one large business and a small one beside it."""
    clients, appointments = int(CLIENTS * scale), int(APPOINTMENTS * scale)
    await connection.execute(_NAMES)
    indexes = await connection.fetch(_INDEXES)
    for index in indexes:
        await connection.execute(index["drop"])
    await connection.execute("SET session_replication_role = replica")
    for name, share in (("Bench Salon", 1.0), ("Other Salon", 0.02)):
        email = f"{name.split()[0].lower()}@example.org"
        business = await connection.fetchval(_BUSINESS, name, email)
        people = max(100, int(clients * share))
        await connection.execute(_TEAM, business, STAFF, SERVICES)
        await connection.execute(_CLIENTS, business, people)
        await connection.execute(_APPOINTMENTS, business, people, int(appointments * share))
    await connection.execute(_SEGMENTS)
    await connection.execute("SET session_replication_role = DEFAULT")
    for statement in (_WORDS, _CLAIMS, _BEGUN, _FIGURES):
        await connection.execute(statement)
    for index in indexes:
        await connection.execute(index["make"])
    await connection.execute("VACUUM ANALYZE")


async def describe(connection: asyncpg.Connection) -> Data:
    """Sign the owner in, and say what there is to ask for."""
    owner = await connection.fetchrow(
        "SELECT m.business_id, m.account_id FROM memberships m JOIN accounts a ON a.id = account_id"
        " WHERE a.email = 'bench@example.org'"
    )
    if owner is None:
        raise RuntimeError("there is no bench salon in this database")
    business, token = owner["business_id"], "rgl_" + secrets.token_urlsafe(32)
    await connection.execute(
        _SESSION, owner["account_id"], business, sha256(token.encode()).digest()
    )

    async def ids(sql: str) -> list[UUID]:
        return [row[0] for row in await connection.fetch(sql, business)]

    last = await connection.fetchval(
        "SELECT date_trunc('week', max(starts_at), 'UTC') FROM appointments"
        " WHERE business_id = $1 AND starts_at < now()", business,
    )  # fmt: skip
    first = await connection.fetchval(
        "SELECT min(starts_at) FROM appointments WHERE business_id = $1", business
    )
    return Data(
        business=business,
        token=token,
        staff=await ids("SELECT id FROM staff WHERE business_id = $1 ORDER BY id"),
        services=await ids("SELECT id FROM services WHERE business_id = $1 ORDER BY id"),
        clients=await ids(
            "SELECT client_id FROM appointments WHERE business_id = $1 GROUP BY client_id"
            " ORDER BY count(*) < 20, client_id LIMIT 200"
        ),
        first_week=last,
        weeks=(last - first).days // 7,
    )
