"""Publishing a study version, and saying something about one."""

from collections.abc import Iterable
from typing import Any

from django import forms

from edc.base.forms import CreateForm, ServiceForm, date_field
from trials.forms.fields import reason_field, version_field
from trials.models import Site

EVERYWHERE, CHOSEN = "all", "chosen"
LONGEST_COMMENT, LONGEST_PATH = 2000, 300


class PublishStudyVersion(ServiceForm):
    """Where an approved version shall hold, and from when."""

    where = forms.ChoiceField(
        label="Where",
        choices=[(EVERYWHERE, "At all sites, those opened later as well"), (CHOSEN, "At the sites chosen below")],
        widget=forms.RadioSelect,
        initial=CHOSEN,
    )
    sites = forms.MultipleChoiceField(
        label="Sites", required=False, widget=forms.CheckboxSelectMultiple, help_text="Those without this version yet."
    )
    effective_from = date_field(
        "From", required=False, help_text="A day at each site, by its own calendar. Leave it empty to publish at once."
    )
    ethics_reference = forms.CharField(
        label="Reference of the ethics committee",
        required=False,
        max_length=120,
        help_text="Under which the amendment was approved for these sites.",
    )
    ethics_approved_on = date_field("Approved by the ethics committee on", required=False)
    reason = reason_field()
    version = version_field()

    def __init__(self, *args: Any, open_sites: Iterable[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(site.pk): site for site in open_sites}
        self.fields["sites"].choices = [(key, str(site)) for key, site in self.known.items()]  # type: ignore[attr-defined]

    @property
    def published(self) -> dict[str, Any]:
        """Return what the service takes."""
        given = dict(self.cleaned_data)
        everywhere = given.pop("where") == EVERYWHERE
        return given | {"sites": None if everywhere else [self.known[key] for key in given["sites"]]}


class CommentForm(CreateForm):
    """What a reviewer has to say."""

    text = forms.CharField(
        label="Comment",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Write a comment."},
    )
    path = forms.CharField(
        label="About",
        required=False,
        max_length=LONGEST_PATH,
        help_text="A place in the document, as $.forms[0].sections[0].items[2]; empty for the version as a whole.",
    )
