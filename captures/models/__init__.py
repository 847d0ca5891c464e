"""Captures and the data queries about them. Only `captures.services` writes here."""

from captures.models.captures import DataCapture
from captures.models.queries import DataQuery, DataQueryEntry

__all__ = ["DataCapture", "DataQuery", "DataQueryEntry"]
