"""Reads of captures: who may see which, and what the pages of staff show of many at once."""

from captures.selectors.captures import captures_visible_to

__all__ = ["captures_visible_to"]
