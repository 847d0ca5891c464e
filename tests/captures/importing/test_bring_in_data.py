"""Study files with data are brought in whole: what is stored says again all that the file said."""

from collections import Counter
from pathlib import Path

import pytest

from captures import selectors
from captures.models import DataCapture, SourceRecord
from captures.services import importing
from captures.services.importing import FileFacts
from tests import factories
from tests.trials.formats.files import STUDIES, sha_of
from tests.trials.formats.test_real_studies import WHOLE
from trials.formats import StoredValue, read_study

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WITH_DATA = [
    *("cdisc-odm/matrix-in-1.3.xml.gz", "cdisc-odm/medical-history.xml.gz", "cdisc-odm/race.xml.gz"),
    *("odmlib/odm-data-snapshot.xml.gz", "openclinica/juno.xml.gz", "openedc/clinicaldata.xml.gz"),
    *("redcap-etl/repeating-events.xml.gz", "redcap-etl/repeating-forms.xml.gz", "redcapr/checkboxes-1.xml.gz"),
    *("redcapr/clinical-trial-1.xml.gz", "redcapr/dag.xml.gz", "redcapr/decimal-comma.xml.gz"),
    *("redcapr/repeating-instruments.xml.gz", "redcapr/russian.xml.gz", "redcapr/simple.xml.gz"),
    *("redcapr/survey.xml.gz", "redcapr/validation-types-1.xml.gz", "secutrial/ctu05.xml.gz"),
]


def bring_in(name, trial, by):
    path = STUDIES / name
    study = read_study(path, name=Path(name).stem)
    file = FileFacts(path.name, f"{hash(name):064x}"[-64:], path.stat().st_size)
    return study, *importing.bring_in(trial=trial, study=study, file=file, by=by)


def told_again():
    """Return the values of all captures under the names of their file."""
    found = []
    for capture in DataCapture.objects.select_related("subject", "study_version", "site"):
        visit, form = capture.visit_definition, capture.form_definition
        visit_repeat, form_repeat = selectors.repeats_in_file(capture)
        subject = capture.subject.trial_details.get("number_in_study_file", capture.subject.number)
        earlier = [one for values in selectors.earlier_in_file(capture) for one in values]
        for one in [*earlier, *selectors.values_in_file(capture)]:
            key = (subject, None, visit.source or visit.oid, visit_repeat, form.source or form.oid, form_repeat)
            found.append(StoredValue(*key, one.group, one.group_repeat, one.item, one.value))
    return found


def keys(values, *, with_group=True):
    return Counter(
        (
            *(one.subject, "" if one.visit in (None, "ALL") else one.visit, one.visit_repeat, one.form),
            *(one.form_repeat, one.group_repeat, one.item, one.value),
            *([one.group] if with_group else []),
        )
        for one in values
    )


@pytest.mark.parametrize("name", WITH_DATA)
def test_every_value_of_a_real_study_is_stored_where_it_was(name):
    trial = factories.draft_trial()
    manager = factories.data_manager_of(trial)
    if name.startswith("openedc"):
        bring_in("openedc/metadata.xml.gz", trial, manager)

    study, row, result = bring_in(name, trial, manager)

    said, again = list(study.values()), told_again()
    assert result.numbers["values_lost"] == 0
    assert keys(said, with_group=False) - keys(again, with_group=False) == Counter()
    assert keys(again, with_group=False) - keys(said, with_group=False) == Counter()
    if name in WHOLE:
        assert sha_of(again) == WHOLE[name][2]
    counts = study.counts
    kept = SourceRecord.objects.filter(study_import=row)
    assert kept.filter(kind="AUDIT").count() == counts.audit_records
    assert kept.filter(kind="ANNOTATION").count() == counts.annotations
    assert kept.filter(kind="SIGNATURE").count() == counts.signatures
