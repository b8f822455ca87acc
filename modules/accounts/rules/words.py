"""What people type into forms: zones, currencies, languages; checked."""

from __future__ import annotations

import re
from functools import cache
from ipaddress import ip_address, ip_network

from modules.errors import InvalidInput
from modules.zones import available_timezones

LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
CURRENCIES = frozenset(
    (  # noqa: SIM905 - read as a table
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP"
        " BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP"
        " GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES"
        " KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU"
        " MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON"
        " RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND"
        " TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR"
        " ZMW ZWG"
    ).split()
)
"""The ISO 4217 codes of money people pay with."""


class ZoneInvalid(InvalidInput):
    """There is no such time zone."""

    code = "ZONE_INVALID"
    remedy = "Send an IANA name, such as Europe/Berlin."


class CurrencyInvalid(InvalidInput):
    """There is no such currency."""

    code = "CURRENCY_INVALID"
    remedy = "Send an ISO 4217 code, such as EUR."


class LocaleInvalid(InvalidInput):
    """That is not a language tag."""

    code = "LOCALE_INVALID"
    remedy = "Send a tag such as en or pt-BR."


def zone(typed: str | None) -> str:
    """Check the name of a time zone. Refuses: ZoneInvalid."""
    if typed is None or typed not in _zones():
        raise ZoneInvalid("There is no time zone “{zone}”.", field="zone", zone=(typed or "")[:64])
    return typed


def currency(typed: str | None) -> str:
    """Check a currency's code. Refuses: CurrencyInvalid."""
    if typed is None or typed not in CURRENCIES:
        raise CurrencyInvalid(
            "There is no currency “{currency}”.", field="currency", currency=(typed or "")[:8]
        )
    return typed


def locale(typed: str | None) -> str:
    """Check a language tag. Refuses: LocaleInvalid."""
    if typed is None or not LOCALE.fullmatch(typed):
        raise LocaleInvalid(
            "“{locale}” is not a language tag.", field="locale", locale=(typed or "")[:35]
        )
    return typed


def network(address: str) -> str:
    """Name what one attacker has: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.version == 6:  # noqa: PLR2004 - as it is called
        return str(ip.ipv4_mapped or ip_network((ip, 64), strict=False))
    return str(ip)


@cache
def _zones() -> frozenset[str]:
    # PostgreSQL knows neither "localtime" nor "Factory", and nobody lives there.
    return frozenset(available_timezones()) - {"localtime", "Factory", "posixrules"}
