"""How every form looks (`templates/django/forms`), and what the forms that ask a service have in common."""

from django import forms
from django.forms.renderers import TemplatesSetting

from edc.base.errors import Denied, Invalid, Refused
from edc.base.ids import uuid7


class Renderer(TemplatesSetting):
    """Renders forms with the project's templates; `{{ form }}` starts with a summary of what is wrong."""

    form_template_name = "django/forms/form.html"
    field_template_name = "django/forms/field.html"


def new_key() -> str:
    """Return an idempotency key for a form that is shown for the first time."""
    return str(uuid7())


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
