"""How every form looks (`templates/django/forms`), and what the forms that ask a service have in common."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

from edc.base.errors import Denied, Invalid, Refused
from edc.base.ids import uuid7


# How people write a date whose browser does not help them.
DATES = ["%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%d/%m/%Y", "%d.%m.%Y"]


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

    def refuse(self, refused: Refused) -> None:
        """Show a refusal beside the fields it names, or above the form; raise it when the right is missing."""
        if isinstance(refused, Denied):
            raise refused
        errors = refused.errors if isinstance(refused, Invalid) else {"": [str(refused)]}
        for name, messages in errors.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)


class CreateForm(ServiceForm):
    """A form that creates something: sent twice, it does so once."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64, initial=new_key)
