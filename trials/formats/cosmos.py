"""The library of standard items: CDISC COSMoS (trials/data/cosmos), as members of a study version's items."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

FILES = Path(__file__).resolve().parent.parent / "data" / "cosmos"
NORMALISED = "Normalized"
MOST_FOUND = 30
LONGEST_CODE = 100
TYPES = {"integer": "INTEGER", "decimal": "DECIMAL", "date": "DATE", "time": "TIME", "datetime": "DATE_TIME"}
# Where the unit of a result stands: the name of the result's variable, and a letter more.
UNIT = "U"


@dataclass(frozen=True)
class Group:
    """Items that belong together; `key` names them, `about` says in words where they come from.

    Each item is the members of one, with its `choices` where it has any.
    """

    key: str
    name: str
    about: str
    items: tuple[dict[str, Any], ...]
    words: str = ""


def search(text: str) -> list[Group]:
    """Return the groups of standard items that have all of these words, those named so first."""
    wanted = text.lower().split()
    found = [group for group in groups() if wanted and all(word in group.words for word in wanted)]
    found.sort(key=lambda group: not all(word in group.name.lower() for word in wanted))
    return found[:MOST_FOUND]


@cache
def groups() -> tuple[Group, ...]:
    """Return every group of standard items; read once per process."""
    concepts = _concepts()
    rows = [row for row in _rows("crf_specializations") if row["implementation_option"] != NORMALISED]
    return tuple(_group(list(part), concepts) for _, part in groupby(rows, key=lambda row: row["crf_group_id"]))


@dataclass(frozen=True)
class _Concept:
    codes: str
    words: str


def _concepts() -> dict[str, _Concept]:
    """Return of each biomedical concept its codes and the words that find it."""
    found: dict[str, _Concept] = {}
    for row in _rows("biomedical_concepts"):
        if row["bc_id"] not in found:
            loinc = f", LOINC {row['code']}" if "loinc" in row["system"] else ""
            words = f"{row['short_name']} {row['synonyms']} {row['bc_categories']} {row['code']}"
            found[row["bc_id"]] = _Concept(f"NCIt {row['bc_id']}{loinc}", words)
    return found


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(FILES / f"{name}.csv.gz", "rt", newline="") as file:
        yield from csv.DictReader(file)


def _group(rows: list[dict[str, str]], concepts: dict[str, _Concept]) -> Group:
    first = rows[0]
    known = concepts.get(first["bc_id"], _Concept(f"NCIt {first['bc_id']}" if first["bc_id"] else "", ""))
    name = first["short_name"].removesuffix(" (Denormalized)")
    shown = [row for row in rows if row["display_hidden"] != "Y"]
    variables = {row["variable_name"] for row in shown}
    units = {row["variable_name"][:-1]: row for row in shown if _is_unit(row, variables)}
    items = [_item(row, units.get(row["variable_name"]), known) for row in shown if _is_asked(row, variables)]
    words = " ".join(
        [name, first["domain"], known.words, *(f"{one['oid']} {one.get('question', '')}" for one in items)]
    )
    about = " · ".join(filter(None, [f"{first['standard']} {first['domain']}", known.codes]))
    return Group(first["crf_group_id"], name, about, tuple(items), words.lower())


def _is_unit(row: dict[str, str], variables: set[str]) -> bool:
    name = row["variable_name"]
    return name.endswith(UNIT) and name[:-1] in variables


def _is_asked(row: dict[str, str], variables: set[str]) -> bool:
    """Tell whether somebody answers it: it is neither the unit of another item nor always the same."""
    is_constant = bool(row["prepopulated_term"]) and not row["value_list"]
    return not is_constant and not _is_unit(row, variables)


def _item(row: dict[str, str], unit: dict[str, str] | None, concept: _Concept) -> dict[str, Any]:
    text = row["question_text"] or row["prompt"] or row["crf_item"]
    members: dict[str, Any] = {"oid": row["crf_item"], "name": (row["prompt"] or text)[:200], **_kind(row)}
    if members["name"] != text:
        members["question"] = text
    if row["completion_instructions"]:
        members["hint"] = row["completion_instructions"]
    if row["mandatory_variable"] == "Y":
        members["required"] = True
    is_result = row["variable_name"].endswith("ORRES")
    members["concept"] = concept.codes if is_result else f"NCIt {row['dec_id']}" if row["dec_id"] else ""
    names = (unit["prepopulated_term"] or unit["value_list"]).split(";") if unit else []
    if names and names[0] and members["type"] in {"INTEGER", "DECIMAL"}:
        members["unit"] = names[0]
        members["units"] = [{"unit": name} for name in dict.fromkeys(names[1:]) if name and name != names[0]]
    return {name: value for name, value in members.items() if value not in ("", [])}


def _kind(row: dict[str, str]) -> dict[str, Any]:
    """Return the type of an item with what belongs to it."""
    codes = [code.strip() for code in row["value_list"].split(";") if code.strip()]
    if set(codes) == {"Y", "N"}:
        return {"type": "YES_NO"}
    if codes:
        labels = [label.strip() for label in row["value_display_list"].split(";")]
        labels = labels if len(labels) == len(codes) else codes
        # A sentence is no code: such a choice is known by its number.
        short = [code if len(code) <= LONGEST_CODE else str(number) for number, code in enumerate(codes, 1)]
        choices = {code: label or code for code, label in zip(short, labels, strict=True)}
        kind = "MULTIPLE" if row["selection_type"] == "Multiple" else "CHOICE"
        return {"type": kind, "choices": [{"code": code, "label": label} for code, label in choices.items()]}
    kind = TYPES.get(row["data_type"], "TEXT")
    digits = int(float(row["significant_digits"])) if row["significant_digits"] and kind == "DECIMAL" else None
    length = int(row["length"]) if row["length"].isdecimal() and kind == "TEXT" else None
    return {"type": kind, **({"digits": digits} if digits else {}), **({"max_length": length} if length else {})}
