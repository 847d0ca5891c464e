"""Studies to write: those of other systems' files, with the data that the files have."""

import io
from collections import defaultdict
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from lxml import etree

from captures.exports import FilledForm, Location, Participant, Study, Version
from trials.definition import place_of, read_definition
from trials.formats import Places, StoredValue
from trials.formats.names import items_of
from trials.formats.places import source_of

SCHEMAS = Path(__file__).parents[2] / "data" / "schemas"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def version_of(document, oid="1"):
    return Version(oid, f"Version {oid}", document, read_definition(document), date(2026, 1, 1))


def study_of(document, subjects=(), sites=("01",)):
    """Return a study of one version; `subjects` are pairs of a participant and their forms."""
    study = Study("P-1", "A study", NOW, [version_of(document)], locations=[Location(code, code) for code in sites])
    study.entries = lambda _version: iter(subjects)
    return study


def brought_in(file, document):
    """Return the forms of each subject of a study file, as they would be stored."""
    places, sections = Places(document), sections_of(document)
    subjects, sites = defaultdict(dict), {}
    for one in file.records():
        if not isinstance(one, StoredValue):
            continue
        place = places.item(one.form, one.group, one.item)
        key = (places.visit(one.visit), one.visit_repeat, place.form, one.form_repeat)
        forms = subjects[one.subject]
        sites[one.subject] = one.site or "01"
        form = forms.get(key)
        if form is None:
            keys = {"visit": one.visit_repeat, "form": one.form_repeat}
            number = 1 + len({k[1] for k in forms if k[0] == key[0]} - {one.visit_repeat})
            form = forms[key] = FilledForm(key[0], key[2], {}, number, keys=keys | {"rows": {}, "groups": {}})
            known = [k for k in forms if k[:3] == key[:3]]
            form.form_repeat = len(known)
        row = ""
        if place.table:
            rows = form.keys["rows"]
            known = [row for row, key in rows.items() if row.startswith(f"{place.table}[") and key == one.group_repeat]
            count = sum(row.startswith(f"{place.table}[") for row in rows)
            row = known[0].rpartition("[")[2].rstrip("]") if known else str(count + 1)
            rows[f"{place.table}[{row}]"] = one.group_repeat
        name = place_of(place.item, place.table, row)
        if not place.table and one.group_repeat is not None:
            form.keys["groups"][sections[place.form, place.item]] = one.group_repeat
        if place.code is not None:
            taken = form.values.setdefault(name, [])
            if one.value == "1":
                taken.append(place.code)
        elif one.is_null:
            form.values[name] = {"missing": "NI"}
        else:
            form.values[name] = one.value
    return [(Participant(number, sites[number]), list(forms.values())) for number, forms in subjects.items()]


def sections_of(document):
    """Return the section of each item of each form."""
    return {
        (form["oid"], oid): source_of(section)
        for form in document["forms"]
        for section in form["sections"]
        for oid in items_of({"sections": [section]})
    }


def written(writer, study):
    out = io.BytesIO()
    writer.write(study, out)
    return out.getvalue()


@cache
def _schema(path):
    return etree.XMLSchema(etree.parse(SCHEMAS / path))


def faults_of(xml):
    """Return what CDISC's schema of its version has against a file."""
    root = etree.fromstring(xml, etree.XMLParser(huge_tree=True))
    checked = _schema("odm-2.0/ODM.xsd" if root.get("ODMVersion") == "2.0" else "odm-1.3.2/ODM1-3-2.xsd")
    checked.validate(root)
    return [f"line {one.line}: {one.message}" for one in checked.error_log]
