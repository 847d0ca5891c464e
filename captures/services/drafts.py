"""What somebody typed and has not saved: kept for them until they save or drop it, or for so many days."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from captures import permissions
from captures.models import EntryDraft
from captures.selectors import Place, drafts_at
from captures.services.export_jobs import forget_exports
from captures.services.importing import forget_files
from edc.accounts.models import User
from edc.base.errors import require

KEPT_FOR = timedelta(days=30)


@transaction.atomic
def keep_draft(*, place: Place, typed: Mapping[str, Sequence[str]], read_version: int, by: User) -> EntryDraft:
    """Keep what this person typed at this place, in the place of what they typed there before.

    It is no data of the trial: no check sees it, no version or event is written, and nobody else can read it.
    """
    require(permissions.can_enter(by, place.subject, place.form))
    draft = EntryDraft(
        user=by,
        subject=place.subject,
        visit=place.visit.oid,
        visit_repeat=place.visit_repeat,
        form=place.form.oid,
        form_repeat=place.form_repeat,
        # PostgreSQL stores no NUL; no field takes one either.
        typed={name: [text.replace("\0", "") for text in texts] for name, texts in typed.items()},
        read_version=read_version,
        saved_at=timezone.now(),
    )
    key = ["user", "subject", "visit", "visit_repeat", "form", "form_repeat"]
    changing = ["typed", "read_version", "saved_at"]
    EntryDraft.objects.bulk_create([draft], update_conflicts=True, unique_fields=key, update_fields=changing)
    return draft


def drop_draft(*, place: Place, by: User) -> None:
    """Forget what this person typed there and did not save."""
    drafts_at(by, place).delete()


def tidy() -> dict[str, int] | None:
    """Take away what has served its time, here and below; return how many of each, or None while another is at it."""
    removed = audit.tidy()
    if removed is None:
        return None
    now = timezone.now()
    return removed | {
        "unsent entries": forget_drafts(now=now),
        "exported files": forget_exports(now=now),
        "study files": forget_files(now=now),
    }


def forget_drafts(*, now: datetime) -> int:
    """Remove what was typed so long ago that nobody will go on with it; return how many."""
    removed, _ = EntryDraft.objects.filter(saved_at__lt=now - KEPT_FOR).delete()
    return removed
