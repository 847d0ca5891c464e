"""Two people changed the same capture: each field where they differ, side by side, for the second one to choose."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict

from captures.forms.beside import posted
from captures.forms.entry import PREFIX, EntryForm, as_typed
from captures.models import DataCapture
from captures.selectors import in_words, version_at
from captures.validators import places_in

CHOICE, CLASHES = "choose_", "clash"
MINE, THEIRS = "mine", "theirs"
# Stands for the moment of observation among the items; no OID is a sign alone.
OBSERVED = "@"


@dataclass(frozen=True)
class Clash:
    """A field in three states: as it was read, as somebody saved it since, as it is typed now."""

    oid: str
    label: str
    was: str
    theirs: str
    mine: str
    # What is picked beforehand: the side that changed it; nothing where both did.
    picked: str
    is_typed: bool = True


def clashes_of(entry: EntryForm, capture: DataCapture, *, read: int) -> list[Clash]:
    """Return the fields that differ between a valid entry and what is stored now; `read` is the version it began as."""
    before = version_at(capture, read)
    base, now, mine = (before.data if before else {}), capture.data, entry.values
    found = []
    observed = entry.timestamp
    if observed is not None and observed != capture.timestamp:
        then = before.timestamp if before else None
        words = [_moment(moment, entry.zone) for moment in (then, capture.timestamp, observed)]
        found.append(
            Clash(OBSERVED, "Date of observation", words[0], words[1], words[2], _picked(*words), words[0] != words[2])
        )
    for place in places_in(entry.definition, {*base, *now, *mine}):
        item, oid = place.item, str(place)
        was, theirs, own = base.get(oid), now.get(oid), mine.get(oid)
        if theirs != own and not item.calculation:
            words = [in_words(item, value) for value in (was, theirs, own)]
            found.append(Clash(oid, item.label, words[0], words[1], words[2], _picked(was, theirs, own), was != own))
    return found


def _picked(was: object, theirs: object, own: object) -> str:
    if theirs == was:
        return MINE
    return THEIRS if own == was else ""


def _moment(moment: datetime | None, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%d %b %Y %H:%M}" if moment else ""


def chosen_data(data: QueryDict, capture: DataCapture) -> QueryDict:
    """Return what was posted, with the other's values where those were chosen."""
    merged = data.copy()
    for oid in data.getlist(CLASHES):
        if data.get(CHOICE + oid) != THEIRS:
            continue
        if oid == OBSERVED:
            merged["observed_date"], merged["observed_time"] = as_typed(capture.timestamp, capture.site.time_zone)
        else:
            for name, texts in posted(PREFIX + oid, capture.data.get(oid, "")).items():
                merged.setlist(name, texts)
    return merged


def is_undecided(data: QueryDict) -> bool:
    """Return whether a side is still to be chosen for one of the fields on the page."""
    return any(data.get(CHOICE + oid) not in {MINE, THEIRS} for oid in data.getlist(CLASHES))
