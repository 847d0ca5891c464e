"""Small edits of a study version's document, each by its name; what they come to is checked when it is read again."""

from trials.definition.editing import checks, code_lists, forms, items, visits
from trials.definition.editing.parts import Document, Gone, WhereIs, languages_in, name_of, oid_from, rows_of, where_is

__all__ = [
    "Document",
    "Gone",
    "WhereIs",
    "checks",
    "code_lists",
    "forms",
    "items",
    "languages_in",
    "name_of",
    "oid_from",
    "rows_of",
    "visits",
    "where_is",
]
