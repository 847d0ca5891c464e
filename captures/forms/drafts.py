"""What a person typed into the page of a form: taken from it as it is, and given back as if it were posted."""

from django.http import QueryDict

from captures.forms.conflicts import CHOICE, CLASHES
from captures.models import EntryDraft

# What of a posted page is no answer: what it asks for, and what changes each time it is shown.
NO_ANSWERS = {"csrfmiddlewaretoken", "version", "key", CLASHES, "read", "act", "accept_missing", "menu"}


def typed_in(data: QueryDict) -> dict[str, list[str]]:
    """Return what was typed and picked on a posted page, by the names of its fields."""
    return {
        name: data.getlist(name) for name in data if name not in NO_ANSWERS and not name.startswith(CHOICE)
    }  # fmt: skip


def as_posted(draft: EntryDraft, *, key: str) -> QueryDict:
    """Return a draft as the page would send it that it was typed on."""
    data = QueryDict(mutable=True)
    for name, texts in draft.typed.items():
        data.setlist(name, texts)
    data["version"], data["key"] = str(draft.read_version), key
    return data
