"""The form with which a draft begins."""

from typing import Any

from edc.base.forms import CreateForm
from trials.definition import SCHEMA
from trials.forms.build.parts import text_field


class NewDraft(CreateForm):
    """What the study of a new draft is called."""

    name = text_field("Name of the study", required=True)

    @property
    def asked(self) -> dict[str, Any]:
        """Return what the service takes for a draft with nothing in it."""
        document = {"schema": SCHEMA, "name": self.cleaned_data["name"]}
        return {"document": document, "key": self.cleaned_data["key"]}
