"""Reads of the trail: who may see which events, pages of them, in words, and the proof that it is whole."""

from audit.selectors.chains import canonical, faults_of, hash_of, with_hashed_text
from audit.selectors.events import (
    Asked,
    Page,
    Place,
    asked_of,
    events_visible_to,
    names_before,
    neighbours_of,
    page_of_events,
    people_called,
)
from audit.selectors.heads import NoList, heads, verify_heads
from audit.selectors.parts import Part, Report
from audit.selectors.reach import Reach, hidden_from, is_within_reach, may_open_sealed, reach_of, sites_read
from audit.selectors.rows import tables
from audit.selectors.verifying import verify
from audit.selectors.wording import HIDDEN, SEALED, Choices, Words, choices_for, patients_numbered, words_of

__all__ = [
    "HIDDEN",
    "SEALED",
    "Asked",
    "Choices",
    "NoList",
    "Page",
    "Part",
    "Place",
    "Reach",
    "Report",
    "Words",
    "asked_of",
    "canonical",
    "choices_for",
    "events_visible_to",
    "faults_of",
    "hash_of",
    "heads",
    "hidden_from",
    "is_within_reach",
    "may_open_sealed",
    "names_before",
    "neighbours_of",
    "page_of_events",
    "patients_numbered",
    "people_called",
    "reach_of",
    "sites_read",
    "tables",
    "verify",
    "verify_heads",
    "with_hashed_text",
    "words_of",
]
