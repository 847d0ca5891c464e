"""REDCap's data dictionary: a CSV file with a row for each field, its columns known by their position."""

import csv
import io
import re
from typing import Any

from trials.formats.fields import CHOICES, COMPLETE, TYPES, Field, choices_of, slider_labels
from trials.formats.oids import Oids, with_source
from trials.formats.parts import Parts
from trials.formats.places import IMPLIED_VISIT
from trials.formats.study import Counts, FileRefused, Found, StudyFile
from trials.formats.texts import fit, plain

LONGEST_CELL, MOST_FIELDS = 1_000_000, 50_000
# 16 columns until the matrix groups came, 18 since annotations did.
FEWEST, MOST = 11, 18
NAMES = (
    *("Variable", "Form", "Section header", "Field type", "Label", "Choices or calculation", "Note", "Validation"),
    *("Minimum", "Maximum", "Identifier", "Branching logic", "Required", "Alignment", "Question number"),
    *("Matrix group", "Matrix ranking", "Annotation"),
)
VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


def is_dictionary(text: str) -> bool:
    """Tell from its first rows whether this is a data dictionary."""
    try:
        rows = [row for _, row in zip(range(6), _rows(text[:100_000]), strict=False)]
    except csv.Error:
        return False
    if not rows or len(rows[0]) < FEWEST:
        return False
    heads = [re.sub(r"[^a-z]", "", cell.lower()) for cell in rows[0][:4]]
    if heads[1:] == ["formname", "sectionheader", "fieldtype"]:
        return True
    return len(rows) > 1 and all(len(row) > 3 and row[3].strip().lower() in TYPES for row in rows[1:-1] or rows[1:])


def read_dictionary(text: str, name: str) -> StudyFile:
    """Return the study version of a data dictionary, whose name is not in it."""
    found, counts, text = Found(), Counts(), fit(text)
    parts = Parts(found)
    fields = _fields(text, found)
    if not fields:
        raise FileRefused("line 2", "the data dictionary", "There is no field in it.")
    forms = _forms(fields, parts)
    parts.add_logic(parts.item_oids.by_source, {})
    visit = {"oid": IMPLIED_VISIT, "name": "All forms", "forms": [form["oid"] for form in forms]}
    document = parts.document({"name": name, "language": "en"}, forms, [visit])
    counts.visits, counts.forms, counts.items = 0, len(forms), len(fields)
    counts.groups = sum(len(form["sections"]) for form in forms)
    counts.code_lists = sum(1 for field in fields if field.choices)
    counts.choices = sum(len(field.choices) for field in fields)
    counts.checks = sum(bool(field.least) + bool(field.most) for field in fields)
    counts.conditions = sum(1 for field in fields if field.branching.strip())
    counts.methods = sum(1 for field in fields if field.calculation.strip())
    return StudyFile("REDCap data dictionary", document, found.refused, found.all_unsupported(), counts)


def _rows(text: str) -> Any:
    head = text[:2000]
    comma = max(",;\t", key=head.count)
    return csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=comma, strict=False)


def _fields(text: str, found: Found) -> list[Field]:
    csv.field_size_limit(LONGEST_CELL)
    rows, fields, seen = _rows(text), [], set[str]()
    last = 0
    try:
        for number, row in enumerate(rows):
            place, last = f"line {last + 1}", rows.line_num
            if number == 0 or not any(cell.strip() for cell in row):
                continue
            if number > MOST_FIELDS:
                raise FileRefused(place, "the data dictionary", f"There are more than {MOST_FIELDS:,} fields.")
            field = _field(row, place, found)
            if field is None:
                continue
            if field.name in seen:
                found.refuse(field.where, "the field", "There is a field of this name already.")
                continue
            seen.add(field.name)
            fields.append(field)
    except csv.Error as error:
        raise FileRefused(f"line {rows.line_num}", "the data dictionary", f"This row is no CSV: {error}.") from None
    return fields


def _field(row: list[str], place: str, found: Found) -> Field | None:
    """Return the field of a row, or None if it is none."""
    cells = [cell.strip() for cell in row[:MOST]] + [""] * (MOST - len(row))
    name, form, header, kind, label, choices, note, validation, least, most, identifier, branching = cells[:12]
    required, alignment, _, _, ranking, annotation = cells[12:]
    kind = kind.lower()
    if not VARIABLE.fullmatch(name):
        found.refuse(f"{place}, column 1", f"variable {name!r}", "A variable has letters, digits and underscores.")
        return None
    if kind not in TYPES:
        found.refuse(f"{place}, field {name}, column 4", f"field type {kind!r}", "There is no such type.")
        return None
    if not form:
        found.refuse(f"{place}, field {name}, column 2", "the field", "It belongs to no form.")
        return None
    where = f"{place}, field {name}, column 6"
    field = Field(
        *(name, form, place, kind, label, header),
        note=note,
        validation=validation.lower(),
        least=least,
        most=most,
        identifying=identifier.lower() == "y",
        branching=branching,
        required=required.lower() == "y",
        vertical=not alignment.upper().endswith("H"),
        ranked=ranking.lower() == "y",
        annotation=annotation,
    )
    if kind in CHOICES | {"checkbox"} or (kind in {"yesno", "truefalse"} and choices):
        field.choices = choices_of(choices, where, found)
    elif kind == "calc":
        field.calculation = choices
    elif kind == "slider":
        field.low, field.high = slider_labels(choices)
    elif kind == "text" and choices:
        found.cannot(where, f"choices {choices!r} of a text", "They are looked up in another system.")
    if field.ranked:
        found.cannot(field.where, "ranking in a matrix", "Each choice may be taken more than once here.")
    return field


def complete_field(form: str, place: str) -> Field:
    """Return the field in which REDCap keeps the status of a form."""
    return Field(f"{form}_complete", form, place, "select", "Complete?", "Form Status", choices=COMPLETE)


def _forms(fields: list[Field], parts: Parts) -> list[dict[str, Any]]:
    by_form: dict[str, list[Field]] = {}
    for field in fields:
        by_form.setdefault(field.form, []).append(field)
    known, oids, forms = {field.name for field in fields}, Oids(), []
    for name, inside in by_form.items():
        if f"{name}_complete" not in known:
            inside.append(complete_field(name, inside[-1].place))
        sections: list[dict[str, Any]] = []
        for field in inside:
            if field.header or not sections:
                sections.append({"oid": f"S{len(sections) + 1}", "name": plain(field.header), "items": []})
            sections[-1]["items"].append(parts.add_field(field))
        title = re.sub(r"_+", " ", name).strip().title()
        form = {"oid": oids.of(name), "name": title or name, "sections": sections}
        forms.append(with_source(form, f"Form.{name}"))
    return forms
