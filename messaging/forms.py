"""Writing messages."""

from django import forms

from edc.base.forms import CreateForm
from messaging.services import LONGEST_BODY


def body_field(label: str) -> forms.CharField:
    messages = {"required": "Write a message."}
    widget = forms.Textarea({"rows": 4, "autocomplete": "off"})
    return forms.CharField(label=label, max_length=LONGEST_BODY, widget=widget, error_messages=messages)


class ReplyForm(CreateForm):
    """An answer in a conversation."""

    body = body_field("Your message")


class ConversationForm(CreateForm):
    """A new conversation with its first message."""

    topic = forms.CharField(
        label="What is it about?",
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Say in a few words what it is about."},
    )
    body = body_field("Message")


class SeenForm(forms.Form):
    """How far somebody has looked at their notifications."""

    position = forms.IntegerField(min_value=0, max_value=2**53)
