"""How every form looks (`templates/django/forms`), and what the forms that ask a service have in common."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

from edc.base.errors import Denied, Invalid, Refused, Stale
from edc.base.ids import uuid7
from edc.base.templatetags.edc import day_text

SKIPPED = "There is no such time on that day: the clocks go forward."
# How people write a date whose browser does not help them.
DATES = ["%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%d/%m/%Y", "%d.%m.%Y"]


def clocks_show(local: datetime) -> bool:
    """Return whether there is such a time on that day: in spring the clocks of a zone leave an hour out."""
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


class Renderer(TemplatesSetting):
    """Renders forms with the project's templates; `{{ form }}` starts with a summary of what is wrong."""

    form_template_name = "django/forms/form.html"
    field_template_name = "django/forms/field.html"


def new_key() -> str:
    """Return an idempotency key for a form that is shown for the first time."""
    return str(uuid7())


def date_field(label: str, **more: Any) -> forms.DateField:
    """Return a date that the browser helps to type; without its help, day, month and year."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"})
    messages = {"invalid": "Write a date as day, month and year, for example 7 Mar 1950."}
    return forms.DateField(label=label, input_formats=DATES, widget=widget, error_messages=messages, **more)


class ServiceForm(forms.Form):
    """A form whose input a service takes. What the service refuses is shown beside what was typed."""

    use_required_attribute = False
    refused: Refused | None = None

    @property
    def http_status(self) -> int:
        """The status of a page that shows this form: 200 where nothing is wrong."""
        if self.refused is not None and not isinstance(self.refused, Invalid):
            return self.refused.status
        return 422 if self.is_bound and self.errors else 200

    def refuse(self, refused: Refused) -> None:
        """Show a refusal beside the fields it names, or above the form; raise it when the right is missing."""
        if isinstance(refused, Denied):
            raise refused
        self.refused = refused
        if isinstance(refused, Stale):
            self.catch_up(refused.row)
        errors = refused.errors if isinstance(refused, Invalid) else {"": [str(refused)]}
        for name, messages in errors.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)

    def stored(self, row: Any) -> dict[str, Any]:
        """Return what the row holds, by the names of the fields that change it."""
        return {}

    def catch_up(self, row: Any) -> None:
        """Take the row as it is now: beside what was typed, say what is saved; sent once more, it takes its place."""
        typed: Any = self.data
        self.data = typed = typed.copy()
        typed[self.add_prefix("version")] = str(row.version)
        for name, value in self.stored(row).items():
            if self.fields[name].has_changed(value, self[name].data):
                self.add_error(name, f"Saved now: {_in_words(self.fields[name], value)}.")


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return "yes" if value else "no"
    if isinstance(field, forms.ChoiceField):
        value = dict(field.choices).get(value, value)  # type: ignore[arg-type]
    if isinstance(value, time):
        value = f"{value:%H:%M}"
    if isinstance(field, forms.DateField):
        value = day_text(value)
    return f"“{value}”" if value not in (None, "") else "nothing"


class CreateForm(ServiceForm):
    """A form that creates something: sent twice, it does so once."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64, initial=new_key)
