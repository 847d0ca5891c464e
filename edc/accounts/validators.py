"""Checks that forms, services and models share."""

import unicodedata
from functools import cache
from zoneinfo import available_timezones

from confusable_homoglyphs.confusables import confusables_data
from django.core.exceptions import ValidationError

from edc.base.texts import fault_of_name


def normal_email(email: str) -> str:
    """Return the one way in which this address is written and stored: NFKC, no spaces around it, lower case."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def plain_letters(text: str) -> str:
    """Return what all look-alikes of this text have in common: no accents, and ASCII for what looks like ASCII.

    The database function `edc_plain_letters` does the same.
    """
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", normal_email(text)) if not "\u0300" <= letter <= "\u036f"
    )
    return bare.translate(str.maketrans(*look_alikes()))


@cache
def look_alikes() -> tuple[str, str]:
    """Return the letters that look like an ASCII letter or digit, and, at the same places, what they look like."""
    pairs = {}
    for letter, alike in confusables_data.items():
        if len(letter) == 1 and not letter.isascii() and unicodedata.normalize("NFKD", letter).lower() == letter:
            plain = [entry["c"].lower() for entry in alike if len(entry["c"]) == 1 and entry["c"].isascii()]
            looks = [look for look in plain if look.isalnum()]
            if looks:
                pairs[letter] = looks[0]
    return "".join(pairs), "".join(pairs.values())


def validate_plain_address(email: str) -> None:
    """Refuse an address that could pass for another one. An international domain is written in its xn-- form."""
    if plain_letters(email) != normal_email(email):
        raise ValidationError(
            "This address has letters that look like others. Write it in plain letters,"
            " and an international domain in its xn-- form.",
            code="look_alike",
        )


def validate_name(name: str) -> None:
    """Refuse a name that cannot be seen, or not as it is stored."""
    if fault := fault_of_name(name):
        raise ValidationError(fault, code="name")


def validate_time_zone(name: str) -> None:
    """Refuse what is not in the time zone database."""
    if name not in available_timezones():
        raise ValidationError("Choose a time zone from the list.", code="time_zone")
