"""The study version document and its typed classes."""

from trials.definition.classes import (
    YES_NO,
    Arm,
    Choice,
    CodeList,
    Definition,
    FilledBy,
    Form,
    Item,
    ItemType,
    Range,
    Section,
    Severity,
    Visit,
    VisitType,
)
from trials.definition.reading import SCHEMA, DefinitionError, read_definition

__all__ = [
    "SCHEMA",
    "YES_NO",
    "Arm",
    "Choice",
    "CodeList",
    "Definition",
    "DefinitionError",
    "FilledBy",
    "Form",
    "Item",
    "ItemType",
    "Range",
    "Section",
    "Severity",
    "Visit",
    "VisitType",
    "read_definition",
]
