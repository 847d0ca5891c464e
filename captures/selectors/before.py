"""What was entered for a subject before: shown beside the fields of a form."""

from datetime import datetime

from captures.models import DataCapture
from captures.selectors.answers import in_words
from captures.selectors.captures import Place, captures_visible_to
from captures.selectors.sight import Sight
from edc.accounts.models import User
from trials.definition import is_missing

# The values of so many earlier visits are looked through for the latest of each item.
LOOKED_BACK = 5


def values_before(user: User, place: Place, *, at: datetime) -> dict[str, str]:
    """Return the latest earlier value of each item of the form with its visit, in words; one statement.

    Nothing for a form that repeats, and for the rows of tables: which of them went before is not known.
    """
    if place.form.repeating:
        return {}
    earlier = captures_visible_to(user).filter(subject=place.subject, form=place.form.oid, timestamp__lt=at)
    earlier = earlier.exclude(visit=place.visit.oid, visit_repeat=place.visit_repeat)
    found: dict[str, str] = {}
    sight = Sight(user)
    for capture in earlier.exclude(status=DataCapture.Status.NOT_DONE)[:LOOKED_BACK]:
        form, visit = capture.form_definition, capture.visit_definition
        seen = sight.seen(capture)
        for oid, item in form.items.items() if form else ():
            value = seen.get(oid)
            if oid not in found and value not in (None, "", []) and not is_missing(value):
                found[oid] = f"{in_words(item, value)} ({visit.name if visit else capture.visit})"
    return found
