"""What was brought in goes out as it came: the study, and each value at its place."""

import pytest

from captures.exports import Snapshot
from tests.captures.exports.studies import brought_in, faults_of, study_of, written
from tests.trials.formats.files import STUDIES, sha_of
from trials.formats import Places, read_study

FILES = sorted(
    str(path.relative_to(STUDIES))
    for path in STUDIES.rglob("*.gz")
    if "invalid" not in path.name and path.name != "clinicaldata.xml.gz"
)
# A file that tells the same place twice, first inserted and then updated, ends with what it told last.
WITH_CHANGES = {"secutrial/ctu05.xml.gz"}


def again(tmp_path, file, document):
    """Write what a file holds as ODM, which must be valid, and read it."""
    subjects = brought_in(file, document)
    sites = sorted({participant.site for participant, _ in subjects}) or ["01"]
    path = tmp_path / "again.xml"
    path.write_bytes(written(Snapshot(), study_of(document, subjects, sites)))
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
def test_a_study_comes_back_as_it_was(tmp_path, name):
    study = read_study(STUDIES / name)

    back = again(tmp_path, study, study.document)

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
