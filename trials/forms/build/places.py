"""Forms of the study itself, its visits, forms and sections."""

from collections.abc import Mapping
from typing import Any

from django import forms

from trials.definition import FilledBy, VisitType
from trials.definition.reading import FARTHEST_DAY, MOST_ROWS
from trials.forms.build.parts import LONGEST_TEXT, OID_HELP, BuildForm, expression_field, text_field

VISIT_TYPES = [
    (VisitType.SCHEDULED.value, "Scheduled: planned for a day"),
    (VisitType.UNSCHEDULED.value, "Unscheduled: happens when it is needed"),
    (VisitType.COMMON.value, "Common: forms of the whole study, such as adverse events"),
]
FILLED_BY = [(FilledBy.SITE.value, "The site"), (FilledBy.PARTICIPANT.value, "The participant")]


class StudyForm(BuildForm):
    """What the study is called."""

    kind = ""
    texts = {"name": 200, "description": LONGEST_TEXT}
    name = text_field("Name", required=True)
    description = text_field("Description", longest=LONGEST_TEXT, rows=3)

    def stored(self, row: Any) -> dict[str, Any]:
        """Return what the draft says of the study now."""
        shown = self.initial_of(row.document)
        return {name: shown.get(name, "") for name in self.fields if name != "version"}


class VisitForm(BuildForm):
    """A visit and when it is planned."""

    kind = "visits"
    texts = {"name": 200}
    name = text_field("Name", required=True)
    oid = text_field("OID", longest=40, help_text=OID_HELP)
    type = forms.ChoiceField(label="Kind", choices=VISIT_TYPES, initial=VisitType.SCHEDULED.value)
    target_day = forms.IntegerField(
        label="Planned day",
        required=False,
        min_value=-FARTHEST_DAY,
        max_value=FARTHEST_DAY,
        help_text="Counted from day 1, the first day of treatment; the day before is -1.",
    )
    window_before = forms.IntegerField(label="Days early", required=False, min_value=0, max_value=FARTHEST_DAY)
    window_after = forms.IntegerField(label="Days late", required=False, min_value=0, max_value=FARTHEST_DAY)
    repeating = forms.BooleanField(label="May happen several times", required=False)
    condition = expression_field("Asked for when", "Left empty, it always is. Values of other visits: [visit][item].")

    @property
    def members(self) -> dict[str, Any]:
        """Return the members of the visit; what is the same without saying so is not said."""
        found = super().members
        return {**found, "window_before": found["window_before"] or None, "window_after": found["window_after"] or None}


class FormForm(BuildForm):
    """A form: what it is called and who fills it in."""

    kind = "forms"
    texts = {"name": 200, "description": LONGEST_TEXT}
    name = text_field("Name", required=True)
    oid = text_field("OID", longest=40, help_text=OID_HELP)
    description = text_field("Introduction", longest=LONGEST_TEXT, rows=2, help_text="Shown below the form's name.")
    filled_by = forms.ChoiceField(
        label="Filled in by", choices=FILLED_BY, widget=forms.RadioSelect, initial=FilledBy.SITE.value
    )
    repeating = forms.BooleanField(label="May be filled in several times at a visit", required=False)


class SectionForm(BuildForm):
    """A section of a form: a heading, or a table of rows."""

    kind = "sections"
    texts = {"name": 200, "description": LONGEST_TEXT}
    name = text_field("Heading")
    description = text_field("Introduction", longest=LONGEST_TEXT, rows=2)
    repeating = forms.BooleanField(
        label="Is a table", required=False, help_text="Its items are columns, and it is filled in row by row."
    )
    most = forms.IntegerField(label="Rows at most", required=False, min_value=1, max_value=MOST_ROWS)
    condition = expression_field("Asked when", "Left empty, it is always asked.")

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)

    def _is_mine(self, oid: str) -> bool:
        return bool(oid == self.part.get("oid", ""))

    def stored(self, row: Any) -> dict[str, Any]:
        """A section is told by its place, which may have changed: nothing can be compared."""
        return {}
