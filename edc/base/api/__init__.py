"""What every endpoint shares: strict JSON, problems, versions, pages of lists, and the schema that describes them."""

from edc.base.api.bodies import OnlyJSON, OrjsonRenderer, StrictJSONParser
from edc.base.api.endpoints import ActionEndpoint, Endpoint, ListEndpoint, RowEndpoint
from edc.base.api.fields import Choice, Day, Flag, Input, Key, Moment, Output, ReasonInput, Text, Whole
from edc.base.api.paging import Filter
from edc.base.api.problems import exception_handler
from edc.base.api.schema import Schema

__all__ = [
    "ActionEndpoint",
    "Choice",
    "Day",
    "Endpoint",
    "Filter",
    "Flag",
    "Input",
    "Key",
    "ListEndpoint",
    "Moment",
    "OnlyJSON",
    "OrjsonRenderer",
    "Output",
    "ReasonInput",
    "RowEndpoint",
    "Schema",
    "StrictJSONParser",
    "Text",
    "Whole",
    "exception_handler",
]
