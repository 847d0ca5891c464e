"""What people type and cannot see: characters without a shape, and those that turn the order of letters around."""

import re

from edc.base.errors import Invalid

# Spaces, controls, zero-width and filling characters, variation selectors, tags: as in `edc_is_said` of the database.
UNSEEN = (
    r"\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc"
    r"\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
SEEN = re.compile(f"[^\\x00{UNSEEN}]")
# Right-to-left and left-to-right overrides, embeddings and isolates: what is read is not what is stored.
TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# What a name may hold of the unseen: spaces, the joiners that some scripts spell with, variants of a character.
OF_NAMES = re.compile(r"[ \u00a0\u200c\u200d\u202f\u3000\ufe00-\ufe0f]")
HIDDEN = re.compile(f"[\\x00{UNSEEN}]")


def is_blank(text: str) -> bool:
    """Return whether there is nothing to see in the text."""
    return SEEN.search(text) is None


def visible(text: str) -> str:
    """Return the text as it reads: nothing if there is nothing to see, and no character that turns it around."""
    return "" if is_blank(text) else TURNS.sub("", text).strip()


def fault_of_name(text: str) -> str:
    """Return why this cannot be a name or a number by which people tell things apart; nothing where it can."""
    if is_blank(text):
        return "Write something that can be seen."
    if HIDDEN.search(OF_NAMES.sub("", text)):
        return "This holds characters that cannot be seen. Type it anew instead of pasting it."
    return ""


def plain_name(text: str) -> str:
    """Return a name that others gave, without what cannot be seen in it."""
    kept = "".join(letter for letter in text if OF_NAMES.match(letter) or not HIDDEN.match(letter))
    return "" if is_blank(kept) else kept.strip()


def check_names(**texts: str) -> None:
    """Raise Invalid for each of the texts, by its field, that cannot be a name; an empty one is not looked at."""
    faults = {name: [fault] for name, text in texts.items() if text and (fault := fault_of_name(text))}
    if faults:
        raise Invalid(faults)
