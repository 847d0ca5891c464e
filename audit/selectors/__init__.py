"""Reads of the trail: who may see which events, pages of them, in words, and the proof that it is whole."""

from audit.selectors.chains import Part, Report, canonical, faults_of, hash_of, tables, verify, with_hashed_text
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
from audit.selectors.reach import Reach, hidden_from, is_within_reach, may_open_sealed, reach_of, sites_read
from audit.selectors.wording import HIDDEN, SEALED, Choices, Words, choices_for, patients_numbered, words_of

__all__ = [
    "HIDDEN",
    "SEALED",
    "Asked",
    "Choices",
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
    "with_hashed_text",
    "words_of",
]
