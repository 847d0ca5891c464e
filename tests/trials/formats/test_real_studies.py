"""Studies that others built are read whole: nothing in them is lost, and all of it has a place."""

import pytest

from tests.trials.formats.files import STUDIES, items_by_oid, sha_of
from trials.definition import read_definition
from trials.formats import FileRefused, Places, read_study
from trials.formats.places import source_of

# As counted independently of this reader: events, forms, groups, items, code lists, choices, units, checks; subjects,
# values, values that are not empty, audit records; and the checksum of the values.
WHOLE = {
    "openclinica/juno.xml.gz": (
        (26, 20, 39, 311, 42, 157, 60, 24),
        (22, 3908, 3908, 0),
        "69460b9dc83fe7cd2c11bc9b239099e4d622f9e575217fcc6bf6ff97d0d58678",
    ),
    "openedc/metadata.xml.gz": ((3, 5, 9, 28, 4, 24, 5, 8), (0, 0, 0, 0), ""),
    "openedc/clinicaldata.xml.gz": (
        (0,) * 8,
        (90, 1684, 1684, 90),
        "82c66a0d9f91780c48d15fd98dd62ae3e23ed9e08fc5ef38fe8ea9783f4d5128",
    ),
    "secutrial/ctu05.xml.gz": (
        (7, 9, 33, 90, 47, 179, 0, 0),
        (11, 1840, 1439, 109),
        "cbb32d02661a074524ce84f90524a1d5c0296c95a54b898f1b2b18a6aca423a3",
    ),
    "redcap-etl/repeating-events.xml.gz": (
        (12, 5, 10, 45, 15, 41, 0, 6),
        (100, 9968, 9968, 0),
        "dd0798333cfc1ddbed793b6044b46fc14fc290bc6d92da433b964ed4e0dd2473",
    ),
    "redcapr/russian.xml.gz": (
        (0, 14, 90, 401, 277, 1322, 0, 9),
        (3, 240, 240, 0),
        "50995e1613ebf15a68dbb04881026a9708f23137d91d5abaf362b0015bd1b8fa",
    ),
    "redcapr/clinical-trial-1.xml.gz": (
        (0, 1, 2, 13, 4, 14, 0, 6),
        (500, 6500, 6500, 0),
        "5294b92a7a95a1ad102b2f57361a988190b7905ac518c808cb0d131a8f610a15",
    ),
}
WITH_FORMS = sorted(str(path.relative_to(STUDIES)) for path in STUDIES.rglob("*.gz"))
WITH_FORMS = [name for name in WITH_FORMS if "invalid" not in name and "clinicaldata" not in name]
IN_BOTH = sorted(path.name.removesuffix(".csv.gz") for path in (STUDIES / "redcapr").glob("*.csv.gz"))


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_nothing_of_a_real_study_is_lost(name):
    defined, recorded, checksum = WHOLE[name]

    study = read_study(STUDIES / name)

    counts = study.counts
    assert defined == (
        *(counts.visits, counts.forms, counts.groups, counts.items),
        *(counts.code_lists, counts.choices, counts.units, counts.checks),
    )
    assert recorded == (counts.subjects, counts.values, counts.filled, counts.audit_records)
    if checksum:
        assert sha_of(study.values()) == checksum


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_FORMS)
def test_the_study_version_of_a_real_study_is_one_of_ours(name):
    document = read_study(STUDIES / name).document

    definition = read_definition(document)

    assert definition.forms
    assert all(visit.forms for visit in definition.visits) or name.startswith("odmlib/cdash")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(WHOLE.keys() - {"openedc/metadata.xml.gz"}))
def test_every_value_of_a_real_study_has_a_place(name):
    study = read_study(STUDIES / name)
    places = Places(study.document or read_study(STUDIES / "openedc/metadata.xml.gz").document)

    for value in study.values():
        assert places.item(value.form, value.group, value.item) is not None, value
        assert places.visit(value.visit) is not None, value


def test_a_misspelt_element_is_named():
    with pytest.raises(FileRefused) as caught:
        read_study(STUDIES / "odmlib/cdash-odm-test-invalid.xml.gz")

    assert caught.value.problem.place == "line 14"
    assert "studyName" in caught.value.problem.what
    assert "StudyName is meant" in caught.value.problem.reason


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_BOTH)
def test_a_project_and_its_dictionary_tell_the_same(name):
    project = read_study(STUDIES / f"redcapr/{name}.xml.gz")
    dictionary = read_study(STUDIES / f"redcapr/{name}.csv.gz")

    ours, theirs = items_by_oid(project), items_by_oid(dictionary)
    # The project also has what REDCap itself keeps of a record, and one a field that came later.
    kept = {oid for oid, one in ours.items() if source_of(one).startswith("redcap_") or "_timestamp" in source_of(one)}
    extra = kept | {"interpreter_needed"}

    assert ours.keys() - extra == theirs.keys()
    assert [form["oid"] for form in project.document["forms"]] == [form["oid"] for form in dictionary.document["forms"]]
    for oid, theirs_one in theirs.items():
        alike = ("type", "question", "required", "condition", "calculation", "identifying", "ranges", "digits")
        assert {name: ours[oid].get(name) for name in alike} == {name: theirs_one.get(name) for name in alike}, oid
        assert choices(project, ours[oid]) == choices(dictionary, theirs_one)


def choices(study, item):
    lists = {row["oid"]: row["choices"] for row in study.document["code_lists"]}
    return [(choice["code"], choice["label"]) for choice in lists.get(item.get("code_list"), ())]


@pytest.mark.slow
def test_openclinicas_own_choices_conditions_and_rules_are_read():
    study = read_study(STUDIES / "openclinica/juno.xml.gz")
    items = items_by_oid(study)

    assert items["I_COMPL_CD_WTHDR"]["type"] == "MULTIPLE"
    assert items["I_COMPL_CD_WTHDR"]["condition"] == "[I_COMPL_CD_YN] = '2'"
    assert items["I_COMPL_WTHDR_SP"]["condition"] == "[I_COMPL_CD_WTHDR(1)]"
    rule = next(
        check for check in study.document["checks"] if "I_ADVER_AE_DTRE] < [I_ADVER_AE_DTON" in check["fails_when"]
    )
    assert any(problem.what.startswith("visit SE_FIRSTVISIT (") for problem in study.unsupported)
    assert rule["severity"] == "SOFT"
    assert rule["message"]


@pytest.mark.slow
def test_the_sites_of_openclinica_are_sites_of_one_study():
    study = read_study(STUDIES / "openclinica/juno.xml.gz")

    assert study.study == "S_THEJUNOD"
    assert study.protocol == "JUNO"
    assert sorted(study.sites) == ["S_101", "S_102", "S_103", "S_104", "S_105"]
    assert {value.site for value in study.values()} == set(study.sites)
    assert len(study.document["visits"]) == 6


@pytest.mark.slow
def test_sites_users_and_notes_of_secutrial_are_kept():
    study = read_study(STUDIES / "secutrial/ctu05.xml.gz")

    records = list(study.records())
    kinds = {kind: sum(type(one).__name__ == kind for one in records) for kind in ("AuditRecord", "Annotation")}
    empty = [one for one in records if getattr(one, "is_null", False)]
    assert study.transactional
    assert kinds == {"AuditRecord": 109, "Annotation": 112}
    assert {value.site for value in study.values()} == set(study.sites)
    assert study.users["USER.381"] == "Second Person"
    assert len(empty) == 394
    assert {value.transaction for value in study.values()} == {"Insert", "Update"}


@pytest.mark.slow
def test_repeats_of_redcap_are_those_that_the_project_says():
    document = read_study(STUDIES / "redcap-etl/repeating-events.xml.gz").document

    assert {visit["oid"] for visit in document["visits"] if visit.get("repeating")} == {
        *("visit_arm_1", "visit_arm_2", "visit_arm_3")
    }
    assert {form["oid"] for form in document["forms"] if form.get("repeating")} >= {"weight", "cardiovascular"}
    assert [arm["name"] for arm in document["arms"]] == ["control", "wfpb", "lchf"] or len(document["arms"]) == 3
