"""What other systems' files brought in goes out again as it came, and comes in elsewhere as it was."""

import hashlib
import io
from collections import Counter

import pytest

from captures.services import export_study, importing
from captures.services.importing import FileFacts
from tests import factories
from tests.captures.exports.studies import faults_of
from tests.trials.formats.files import STUDIES, sha_of
from tests.trials.formats.test_real_studies import WHOLE
from trials.formats import AuditRecord, Places, Signature, read_study

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
STORED = [
    *("openclinica/juno.xml.gz", "openedc/clinicaldata.xml.gz", "secutrial/ctu05.xml.gz"),
    *("redcap-etl/repeating-events.xml.gz", "redcapr/russian.xml.gz", "redcapr/clinical-trial-1.xml.gz"),
]


def trial_with(*paths, **flags):
    """Return a new trial with these study files in it; all items get the flags."""
    trial = factories.draft_trial()
    manager = factories.data_manager_of(trial)
    for path in paths:
        study, file = read_study(path), path.read_bytes()
        for item in (study.document or {}).get("items", []):
            item.update(flags)
        facts = FileFacts(path.name, hashlib.sha256(file).hexdigest(), len(file))
        _, result = importing.bring_in(trial=trial, study=study, file=facts, by=manager)
        assert result.numbers["values_lost"] == 0
    return trial


def exported(trial, path, to="odm", by=None):
    out = io.BytesIO()
    export_study(trial=trial, to=to, out=out, by=by)
    path.write_bytes(out.getvalue())
    assert faults_of(out.getvalue()) == []
    return read_study(path)


def places_of(study):
    """Return every value with the keys of all that repeats; files may call one group otherwise."""
    known = Places(study.document)
    return sorted(
        (
            *(one.subject, str(known.visit(one.visit)), str(one.visit_repeat), one.form, str(one.form_repeat)),
            *(str(known.item(one.form, one.group, one.item)), str(one.group_repeat), one.item, str(one.value)),
            *(str(one.unit), one.is_null),
        )
        for one in study.values()
    )


def brought_in(name):
    """Return a trial with a real study in it."""
    parts = ["openedc/metadata.xml.gz", name] if name.startswith("openedc") else [name]
    return trial_with(*(STUDIES / part for part in parts))


def last_of(values):
    """Return the last value of each place."""
    return {
        (
            *(one.subject, one.visit or "ALL", one.visit_repeat, one.form, one.form_repeat),
            *(one.group_repeat, one.item),
        ): one.value
        for one in values
    }


def people_in(study):
    """Return who did what where, and when."""
    return Counter(
        (one.at.subject, one.at.visit, one.at.form, one.at.item, one.user, one.time)
        for one in study.records()
        if isinstance(one, AuditRecord | Signature) and one.at
    )


@pytest.mark.parametrize("name", STORED)
def test_a_real_study_goes_out_as_it_came_and_comes_in_elsewhere(tmp_path, name):
    first = exported(brought_in(name), tmp_path / "first.xml")
    second = exported(trial_with(tmp_path / "first.xml"), tmp_path / "second.xml")

    assert first.refused == first.unsupported == []
    assert last_of(first.values()) == last_of(read_study(STUDIES / name).values())
    assert places_of(second) == places_of(first)
    if name != "secutrial/ctu05.xml.gz":  # it tells some places twice, and a snapshot has what stands there now
        assert sha_of(first.values()) == WHOLE[name][2]


@pytest.mark.parametrize("name", ["secutrial/ctu05.xml.gz", "openedc/clinicaldata.xml.gz"])
def test_all_that_a_real_study_told_goes_out_with_the_changes(tmp_path, name):
    first = exported(brought_in(name), tmp_path / "first.xml", "odm-transactional")
    second = exported(trial_with(tmp_path / "first.xml"), tmp_path / "second.xml", "odm-transactional")

    told = people_in(read_study(STUDIES / name))
    assert told.total() > 80
    assert sha_of(first.values()) == WHOLE[name][2]
    assert told - people_in(first) == Counter()
    assert last_of(second.values()) == last_of(first.values())
    assert told - people_in(second) == Counter()


@pytest.mark.parametrize("to", ["odm", "odm-transactional"])
@pytest.mark.parametrize("name", ["redcapr/checkboxes-1.xml.gz", "secutrial/ctu05.xml.gz"])
def test_of_what_is_left_out_nothing_is_told(tmp_path, name, to):
    trial = trial_with(STUDIES / name, blinded=True)

    study = exported(trial, tmp_path / "study.xml", to, by=factories.data_manager_of(trial))

    assert study.counts.subjects
    assert list(study.values()) == []
