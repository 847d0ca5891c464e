"""Which forms are asked of a subject at its visits, by the conditions of its study version."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from captures.models import DataCapture
from captures.selectors.outside import latest
from patients.models import Subject
from trials.definition import Asking, Definition, as_standard, is_asked
from trials.definition.asking import At
from trials.expressions import Lookup

# A subject, the visit of a capture and its repeat, and its values.
Values = tuple[UUID, str, int, dict[str, Any]]


class Asked:
    """Answers of some subjects whether a form is asked at a visit; what was entered all the same stays."""

    def __init__(self, rows: Iterable[Values] = ()) -> None:
        self._rows: dict[tuple[UUID, str], list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        for subject, visit, repeat, data in rows:
            self._rows[subject, visit].append((repeat, data))

    def __call__(self, subject: Subject, visit: str, form: str) -> bool:
        definition = subject.study_version.definition
        asking = definition.asking
        if asking is None:
            return True
        places = [at for at, _ in asking.expressions_at(visit, form)]
        return is_asked(asking, visit, form, {at: self._read(subject, definition, asking, at) for at in places})

    def _read(self, subject: Subject, definition: Definition, asking: Asking, at: At) -> Lookup:
        """Return what the condition at this place reads of the subject."""
        found = {}
        for reference, visit in asking.reads[at].items():
            stored = latest(reference, self._rows.get((subject.pk, visit), []), 1 if visit == at[0] else 0)
            value = as_standard(definition.items.get(reference.item), stored)
            if value is not None:
                found[reference.visit, reference.item] = value
        return found


def asked_of(subjects: Iterable[Subject]) -> Asked:
    """Return which forms are asked of these subjects; one statement, or none where nothing has a condition."""
    known = list(subjects)
    definitions = {subject.study_version_id: subject.study_version.definition for subject in known}
    reads = [(one, read) for one in definitions.values() if one.asking for read in one.asking.reads.values()]
    if not reads:
        return Asked()
    visits = {visit for _, read in reads for visit in read.values()}
    items = {reference.item for _, read in reads for reference in read}
    forms = {form.oid for one, _ in reads for form in one.forms if items & form.items.keys()}
    rows = DataCapture.objects.filter(subject__in=known, visit__in=visits, form__in=forms)
    rows = rows.order_by("visit_repeat", "form_repeat")
    return Asked(rows.values_list("subject_id", "visit", "visit_repeat", "data"))
