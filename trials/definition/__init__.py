"""The study version document and its typed classes."""

from trials.definition.classes import (
    NUMERIC,
    WITH_CODES,
    YES_NO,
    Arm,
    Check,
    Choice,
    CodeList,
    Definition,
    FilledBy,
    Form,
    Item,
    ItemType,
    Range,
    Scale,
    Section,
    Severity,
    Visit,
    VisitType,
)
from trials.definition.members import DefinitionError
from trials.definition.places import Place, find_place, place_of, rows_in
from trials.definition.reading import SCHEMA, read_definition
from trials.definition.rules import Rules
from trials.definition.settling import Fired, Settled, settle

__all__ = [
    "NUMERIC",
    "SCHEMA",
    "WITH_CODES",
    "YES_NO",
    "Arm",
    "Check",
    "Choice",
    "CodeList",
    "Definition",
    "DefinitionError",
    "FilledBy",
    "Fired",
    "Form",
    "Item",
    "ItemType",
    "Place",
    "Range",
    "Rules",
    "Scale",
    "Section",
    "Settled",
    "Severity",
    "Visit",
    "VisitType",
    "find_place",
    "place_of",
    "read_definition",
    "rows_in",
    "settle",
]
