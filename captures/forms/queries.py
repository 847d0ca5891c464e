"""What people write about data queries: the question, the answer, why one is closed, taken back or asked again."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from captures.models import DataCapture, DataQuery
from captures.validators import places_in
from edc.base.forms import CreateForm, ServiceForm, date_field

LONGEST = 2_000
R = DataQuery.Resolution
# How the site answers, in its words; what was corrected is answered by the correction itself.
BY_SITE = [
    (R.CONFIRMED, "The value is right"),
    (R.UNRESOLVABLE, "The data is not available"),
    (R.CORRECTED, "The value was corrected"),
]


def text_field(label: str, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=LONGEST, widget=forms.Textarea({"rows": 3, "autocomplete": "off"}), **more
    )


class MoveForm(ServiceForm):
    """Something that is done with a query; `version` is the one that was read. The page tells apart several of them."""

    act: ClassVar[str]
    button: ClassVar[str]
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, data: Mapping[str, Any] | None = None, *, query: DataQuery) -> None:
        initial = {"version": query.version, "resolution": query.resolution}
        super().__init__(data, initial=initial, auto_id=f"{self.act}_{query.pk}_%s")


class AnswerForm(MoveForm):
    act, button = "answer", "Answer"
    resolution = forms.ChoiceField(label="What is the case?", choices=[("", "Choose…"), *BY_SITE])
    text = text_field("Answer")


class CloseForm(MoveForm):
    act, button = "close", "Close"
    resolution = forms.ChoiceField(label="Resolution", choices=[("", "As answered"), *R.choices], required=False)
    text = text_field("Remark", required=False)


class RequeryForm(MoveForm):
    act, button = "requery", "Ask again"
    text = text_field("What is still to be clarified?")


class CancelForm(MoveForm):
    act, button = "cancel", "Take back"
    text = text_field("Why is it taken back?")


MOVE_FORMS: dict[str, type[MoveForm]] = {form.act: form for form in (AnswerForm, CloseForm, RequeryForm, CancelForm)}


class RaiseForm(CreateForm):
    """A question about a value of a form, or about the whole of it."""

    place = forms.ChoiceField(label="About", required=False)
    message = text_field("What is to be clarified?")
    due_date = date_field("Answer wanted by", required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, capture: DataCapture, place: str = "") -> None:
        super().__init__(data, initial={"place": place})
        form = capture.form_definition
        places = places_in(form, capture.data) if form else ()
        asked = [(str(one), one.label) for one in places if one.item.type != "DESCRIPTIVE"]
        self.fields["place"].choices = [("", "The whole form"), *asked]  # type: ignore[attr-defined]


class BulkAnswerForm(ServiceForm):
    """One answer to several queries."""

    resolution = forms.ChoiceField(label="What is the case?", choices=[("", "Choose…"), *BY_SITE[:2]])
    text = text_field("One answer to all that are ticked")
