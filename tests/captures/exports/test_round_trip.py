"""What was brought in goes out as it came: the study, and each value at its place."""

import copy

import pytest

from captures.exports import FilledForm, Participant, Snapshot, Snapshot2
from tests import factories
from tests.captures.exports.studies import brought_in, faults_of, study_of, written
from tests.trials.formats.files import STUDIES, sha_of
from trials.formats import Annotation, Places, read_study

FILES = sorted(
    str(path.relative_to(STUDIES))
    for path in STUDIES.rglob("*.gz")
    if "invalid" not in path.name and path.name != "clinicaldata.xml.gz"
)
# A file that tells the same place twice, first inserted and then updated, ends with what it told last.
WITH_CHANGES = {"secutrial/ctu05.xml.gz"}


def again(tmp_path, file, document, writer=None):
    """Write what a file holds as ODM, which must be valid, and read it."""
    subjects = brought_in(file, document)
    sites = sorted({participant.site for participant, _ in subjects}) or ["01"]
    path = tmp_path / "again.xml"
    path.write_bytes(written(writer or Snapshot(), study_of(document, subjects, sites)))
    assert faults_of(path.read_bytes()) == []
    return read_study(path)


def last_values(study):
    """Return the last value of each place, with the keys of all that repeats; files may name another group."""
    known = Places(study.document)
    return {
        (
            *(one.subject, known.visit(one.visit), one.visit_repeat, one.form, one.form_repeat),
            *(known.item(one.form, one.group, one.item), one.group_repeat),
        ): (one.value, one.is_null)
        for one in study.values()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("writer", [Snapshot(), Snapshot2()], ids=["1.3.2", "2.0"])
def test_a_study_comes_back_as_it_was(tmp_path, name, writer):
    study = read_study(STUDIES / name)

    back = again(tmp_path, study, study.document, writer)

    assert back.refused == back.unsupported == []
    assert last_values(back) == last_values(study)
    if name not in WITH_CHANGES:
        assert sha_of(back.values()) == sha_of(study.values())
    assert {part: parts(back.document, part) for part in ("items", "forms", "visits", "code_lists", "checks")} == {
        part: parts(study.document, part) for part in ("items", "forms", "visits", "code_lists", "checks")
    }


@pytest.mark.slow
def test_data_apart_from_their_study_come_back_as_they_were(tmp_path):
    document = read_study(STUDIES / "openedc/metadata.xml.gz").document
    data = read_study(STUDIES / "openedc/clinicaldata.xml.gz")

    back = again(tmp_path, data, document)

    assert sha_of(back.values()) == sha_of(data.values())


@pytest.mark.parametrize("writer", [Snapshot(), Snapshot2()], ids=["1.3.2", "2.0"])
def test_who_is_asked_what_and_in_which_unit_comes_back(tmp_path, writer):
    document = copy.deepcopy(factories.DOCUMENT)
    first, second = document["visits"][:2]
    second["condition"] = f"[{first['oid']}][SYSBP] > 120"
    second["forms"] = [{"oid": oid, "condition": f"[{first['oid']}][WEIGHT] > 60"} for oid in second["forms"]]
    weight = next(item for item in document["items"] if item["oid"] == "WEIGHT")
    weight["units"] = [{"unit": "lb", "factor": "0.45359237"}]
    document["missing_codes"] = [{"code": "NI", "label": "No information"}, {"code": "-9", "label": "Refused"}]
    values = {"SYSBP": {"missing": "-9", "reason": "Arm in plaster"}, "WEIGHT": {"value": "180", "unit": "lb"}}
    forms = [FilledForm(first["oid"], "VS", values)]
    path = tmp_path / "study.xml"

    path.write_bytes(written(writer, study_of(document, [(Participant("1", "01"), forms)])))

    back = read_study(path)
    assert faults_of(path.read_bytes()) == []
    assert back.refused == back.unsupported == []
    assert back.document["missing_codes"] == document["missing_codes"]
    assert [parts(back.document, name) for name in ("visits", "items")] == [
        parts(document, name) for name in ("visits", "items")
    ]
    notes = [(one.comment, one.flags) for one in back.records() if isinstance(one, Annotation)]
    assert notes[0] == ("Arm in plaster", (("-9", "MISSING"),))
    told = [(one.value, one.unit) for one in back.values() if one.item == "WEIGHT"]
    in_own_unit = isinstance(writer, Snapshot2)
    assert told == [("81.6466266", None) if in_own_unit else ("180", "MU.lb")]
    assert [comment for comment, _ in notes[1:]] == (["Entered as 180 lb"] if in_own_unit else [])


def parts(document, name):
    """Return the parts of one kind, without what says the same in other words."""
    return {row["oid"]: in_single_spaces(plain(name, row)) for row in document.get(name, [])}


def in_single_spaces(value):
    if isinstance(value, dict):
        return {name: in_single_spaces(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [in_single_spaces(inner) for inner in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def plain(name, row):
    if name == "checks":
        return {member: text for member, text in row.items() if member != "name"}
    if name == "forms":
        return {**row, "sections": [{**section, "source": ""} for section in row["sections"]]}
    return {"type": "SCHEDULED", "repeating": False} | row if name == "visits" else row
