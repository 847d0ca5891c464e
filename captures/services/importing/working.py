"""Study files that are worked on in the background: one after the other, each with signs of life."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from captures.models import StudyFileJob
from captures.services.importing.bringing_in import Progress
from captures.services.importing.files import look_now, take_now
from edc.base.actor import Origin, origin
from edc.base.errors import Refused

Status, Work = StudyFileJob.Status, StudyFileJob.Work
MOST_TRIES = 3
# Work that gave no sign of life for so long has ended, and is begun anew: nothing of it stayed.
SILENCE = timedelta(minutes=2)
# Seconds between two signs of life.
BEAT = 2


def study_files_wait() -> bool:
    """Tell whether there is a study file to work on."""
    return bool(_waiting(timezone.now()).exists())


def work_on_next_file(*, now: datetime) -> bool:
    """Do the work that waits longest, and tell whether there was some; several processes take one each."""
    with transaction.atomic():
        job = _waiting(now).select_for_update(skip_locked=True).order_by("created_at").first()
        if job is None:
            return False
        job.tries, job.status, job.beat_at = job.tries + 1, Status.RUNNING, now
        job.save(update_fields=["tries", "status", "beat_at"])
    token = origin.set(Origin("job"))
    try:
        _work(StudyFileJob.objects.select_related("study_import__trial", "asked_by").get(pk=job.pk))
    finally:
        origin.reset(token)
    return True


def _waiting(now: datetime) -> QuerySet[StudyFileJob]:
    lost = Q(status=Status.RUNNING, beat_at__lt=now - SILENCE)
    return StudyFileJob.objects.filter(Q(status=Status.WAITING) | lost)


def _work(job: StudyFileJob) -> None:
    """Do one job; whatever comes of it is said in its row."""
    if job.tries > MOST_TRIES:
        _end(job, "It was begun several times and never came to its end.")
        return
    does = look_now if job.work == Work.LOOK else take_now
    try:
        with _beating(job) as count:
            does(study_import=job.study_import, progress=count, by=job.asked_by)
    except Refused as refused:
        _end(job, str(refused))
    except Exception:
        _end(job, "Something went wrong, and nothing was changed. The people who run the portal can see what.")
        raise
    else:
        _end(job)


def _end(job: StudyFileJob, error: str = "") -> None:
    status = Status.FAILED if error else Status.DONE
    _still_ours(job).update(status=status, error=error, finished_at=timezone.now())


def _still_ours(job: StudyFileJob) -> QuerySet[StudyFileJob]:
    """Return the row while this try is its last: work that was silent for long was begun anew by another."""
    return StudyFileJob.objects.filter(pk=job.pk, status=Status.RUNNING, tries=job.tries)


@contextmanager
def _beating(job: StudyFileJob) -> Iterator[Progress]:
    """Say now and then that the work goes on and how far it is, in a thread: beside the transaction of the work."""
    done, ended = [0], threading.Event()

    def beat() -> None:
        row = _still_ours(job)
        try:
            while not ended.wait(BEAT):
                row.update(beat_at=timezone.now(), values_done=done[0])
        except DatabaseError:
            # The work itself fails too, or is begun anew when it was silent for long.
            return
        finally:
            connection.close()

    def count(values: int) -> None:
        done[0] = values

    thread = threading.Thread(target=beat, name="beats", daemon=True)
    thread.start()
    try:
        yield count
    finally:
        ended.set()
        thread.join()
