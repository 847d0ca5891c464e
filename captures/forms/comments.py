"""A remark beside a field."""

from django import forms

from edc.base.forms import ServiceForm


class CommentForm(ServiceForm):
    """What to remark; `key` makes that sending it twice writes it once."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    text = forms.CharField(
        label="Comment",
        max_length=2000,
        help_text="All who read this form see it. It cannot be changed.",
        widget=forms.Textarea({"rows": 2, "autocomplete": "off"}),
    )
