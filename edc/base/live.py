"""Tell the live feed what changed: a row in this transaction, a NOTIFY with its ids when it commits."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Publish nothing meanwhile: what is loaded from an older study is news to nobody."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def at_site(right: str, *, site: UUID, trial: UUID) -> list[str]:
    """Return the topics that everyone with this right at the site listens to, through the site or its trial."""
    return [f"{right}@site:{site}", f"{right}@trial:{trial}"]


def publish(
    kind: str,
    *,
    entity: str,
    id: UUID,  # noqa: A002 -- the word that clients see
    topics: Sequence[str],
    by: UUID | None,
    trial: UUID | None = None,
    site: UUID | None = None,
    patient: UUID | None = None,
) -> None:
    """Write one notification for all who listen to one of the topics; no clinical value and no name may be in it.

    `kind` is past tense with its app (`captures.finalised`), `entity` and `id` say what to fetch.
    """
    if _quiet.get():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select live_publish(%s, %s, %s, %s, %s, %s, %s, %s)",
            [kind, entity, id, list(topics), by, trial, site, patient],
        )


def access_changed(user: UUID) -> None:
    """Make every process look again at what this person's open sockets may hear, when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('edc_access', %s)", [str(user)])
