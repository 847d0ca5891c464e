"""Invented people and places. The same seed gives the same ones; none of them exists.

Names are made of syllables, mail goes to example domains (RFC 2606), phone numbers are those kept for fiction
(555-01xx).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

SEED = "clinical-trial-edc demo"

_OPENINGS = (
    "Bal",
    "Cor",
    "Dre",
    "Fen",
    "Gal",
    "Hol",
    "Jor",
    "Kel",
    "Lum",
    "Mor",
    "Nim",
    "Or",
    "Pel",
    "Quil",
    "Ros",
    "Tal",
)
_MIDDLES = ("a", "e", "i", "o", "u", "ari", "edo", "ili", "ono", "uva")
_ENDINGS = (
    "brask",
    "dimm",
    "fell",
    "gast",
    "kest",
    "lund",
    "mere",
    "nox",
    "pell",
    "quist",
    "rond",
    "thorne",
    "vane",
    "wick",
)
_WOMEN = (
    "Adela",
    "Brisa",
    "Calla",
    "Delfi",
    "Elowa",
    "Ferra",
    "Ilsa",
    "Junia",
    "Lioba",
    "Maris",
    "Nerina",
    "Orla",
    "Tamsa",
)
_MEN = ("Alder", "Bero", "Cassin", "Doran", "Edvin", "Falk", "Hadro", "Ivo", "Jarek", "Lorin", "Odo", "Perrin", "Soren")
_PLACES = (
    "Alderbrook",
    "Birchwater",
    "Cedarfall",
    "Dunmarsh",
    "Elmhollow",
    "Fernbank",
    "Greywick",
    "Hazelmoor",
    "Ivygate",
)
_CLINICS = ("Memory Clinic", "Neurology Centre", "Clinical Research Unit", "Outpatient Clinic")
_ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    name: str
    born: date
    record_number: str
    contact: dict[str, str]


@dataclass(frozen=True)
class Clinic:
    """A clinic that does not exist."""

    name: str
    city: str
    time_zone: str
    phone: str


def _random(*of: str) -> Random:
    return Random("|".join((SEED, *of)))  # noqa: S311 -- must give the same people each time, nothing secret


def _name(random: Random, sex: str) -> str:
    given = random.choice(_WOMEN if sex == "Female" else _MEN)
    return f"{given} {random.choice(_OPENINGS)}{random.choice(_MIDDLES)}{random.choice(_ENDINGS)}"


def _phone(random: Random) -> str:
    return f"({random.randint(200, 989)}) 555-01{random.randint(0, 99):02}"


def patient(number: str, *, sex: str, age: int, on: date) -> Person:
    """Return who the subject of this number is: `age` years old on that day, with the name and address to match."""
    random = _random("patient", number)
    name = _name(random, sex)
    address = (
        f"{random.randint(1, 199)} {random.choice(_OPENINGS)}{random.choice(_ENDINGS)} Lane, {random.choice(_PLACES)}"
    )
    mail = f"{name.lower().replace(' ', '.')}.{random.randint(100, 999)}@patients.example"
    return Person(
        name=name,
        born=_years_before(on, age) - timedelta(days=random.randint(0, 364)),
        record_number=f"MRN-{random.getrandbits(40):010X}",
        contact={"email": mail, "phone": _phone(random), "address": address},
    )


def staff(code: str, post: str) -> str:
    """Return the name of the person who holds a post at a site."""
    random = _random("staff", code, post)
    return ("Dr " if post == "investigator" else "") + _name(random, random.choice(("Female", "Male")))


def clinic(code: str) -> Clinic:
    """Return the clinic behind a site's code."""
    random = _random("clinic", code)
    city = random.choice(_PLACES)
    return Clinic(f"{city} {random.choice(_CLINICS)}", city, random.choice(_ZONES), _phone(random))


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)
