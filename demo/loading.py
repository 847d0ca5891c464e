"""Load the CDISC pilot study through the services that people use, one subject in one transaction.

What is there already is left alone, so a second run adds nothing and an interrupted one goes on where it stopped.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.db import transaction

from captures import services as captures
from captures.models import DataCapture
from demo import cast, people
from demo.mapping import Capture, captures_of
from demo.opening import Place, Plan, imported, open_site, open_trial
from demo.study import PROTOCOL, Records, subjects
from edc.accounts.models import User
from edc.base import live
from messaging import services as messaging
from messaging.models import Conversation
from patients import services as patients
from patients.models import Identity, Subject
from trials.models import ClinicalTrial, Site

REASON = "Loaded from the published pilot data"
PLAN = Plan(
    protocol_number=PROTOCOL,
    title="Xanomeline patches in mild to moderate Alzheimer's disease",
    description="The CDISC pilot study: public data of a finished trial, de-identified. Names of people are invented.",
    start_date=date(2012, 7, 6),
    end_date=date(2015, 3, 5),
    subjects=300,
    folder="cdisc-pilot",
    reason=REASON,
)
HOME = "701"
STEP = 25
D = Subject.Disposition
# How the source names the end of a subject's participation; every other end is a treatment that was stopped.
ENDS = {
    "Completed": D.COMPLETED,
    "Withdrawal by Subject": D.WITHDRAWN,
    "Lost to Follow-Up": D.LOST_TO_FOLLOW_UP,
    "Death": D.DIED,
}
TOPICS = (
    (
        "Standing blood pressure at week 12",
        "Please take the one-minute standing value before the three-minute one and note both, also when they agree.",
        "Understood. Two of last week's forms lack the one-minute value; I marked them and wrote why.",
    ),
    (
        "Heights in centimetres",
        "Some heights came in as centimetres and are flagged. The form asks for inches: could you look at them?",
        "I will check them against the source notes this week.",
    ),
)


def load_pilot(*, most: int | None = None, tell: Callable[[str], None]) -> int:
    """Load the first `most` subjects of the pilot, or all; return how many were new. `tell` hears of the progress."""
    cast.refuse_unless_demo()
    wanted = subjects()[:most]
    known = set(Subject.objects.filter(trial__protocol_number=PROTOCOL).values_list("number", flat=True))
    missing = [records for records in wanted if records.number not in known]
    if not missing:
        tell(f"The CDISC pilot study is loaded: {len(wanted)} subjects.")
        return 0
    with imported(), live.quiet():
        trial = open_trial(PLAN, _place(HOME))
        for count, records in enumerate(missing, 1):
            _load_subject(trial, records)
            if count % STEP == 0 or count == len(missing):
                tell(f"CDISC pilot study: {count} of {len(missing)} subjects")
        _talk(trial)
    return len(missing)


@cache
def _sizes() -> Counter[str]:
    return Counter(records.site for records in subjects())


def _place(code: str) -> Place:
    clinic = people.clinic(code)
    planned = -(-_sizes()[code] // 5) * 5
    return Place(code, clinic.name, f"{clinic.city} Hospital", clinic.city, clinic.time_zone, clinic.phone, planned)


def _team(code: str) -> tuple[User, User]:
    """Return the coordinator and the investigator of a site; the largest one is where the demo accounts work."""
    if code == HOME:
        return cast.demo_account("coordinator"), cast.demo_account("investigator")
    return cast.site_staff(code, "coordinator"), cast.site_staff(code, "investigator")


@transaction.atomic
def _load_subject(trial: ClinicalTrial, records: Records) -> None:
    coordinator, investigator = _team(records.site)
    place = _place(records.site)
    site = open_site(trial, place, coordinator=coordinator, investigator=investigator, reason=REASON)
    found = captures_of(records)
    subject = _enrol(site, records, found, by=coordinator)
    left_early = subject.disposition in {D.TREATMENT_DISCONTINUED, D.WITHDRAWN, D.LOST_TO_FOLLOW_UP}
    for capture in found:
        # What was observed on the last day of those who left early is still being entered.
        submit = not (left_early and capture.day == found[-1].day)
        row = _enter(site, subject, capture, submit=submit, by=coordinator)
        if subject.disposition == D.COMPLETED and not row.missing_items:
            captures.finalise_capture(capture=row, by=investigator)


def _enter(site: Site, subject: Subject, capture: Capture, *, submit: bool, by: User) -> DataCapture:
    return captures.create_capture(
        subject=subject,
        visit=capture.visit,
        visit_repeat=capture.visit_repeat,
        form=capture.form,
        form_repeat=capture.form_repeat,
        values=capture.values,
        timestamp=_moment(site, capture.day, capture.time),
        submit=submit,
        by=by,
    )


def _moment(site: Site, day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo(site.time_zone))


def _enrol(site: Site, records: Records, found: list[Capture], *, by: User) -> Subject:
    """Register the patient, enrol the subject, and lead them to the disposition the source gives, day by day."""
    about = next(capture.values for capture in found if capture.form == "DM")
    screened = date.fromisoformat(about["DM_COLDT"])
    consented = date.fromisoformat(about.get("DM_ICDT", about["DM_COLDT"]))
    person = people.patient(records.number, sex=about["DM_SEX"], age=int(about["DM_AGE"]), on=consented)
    identity = Identity(
        medical_record_number=person.record_number,
        display_name=person.name,
        date_of_birth=person.born.isoformat(),
        contact=person.contact,
    )
    patient = patients.register_patient(site=site, identity=identity, by=by)
    subject = patients.enrol_subject(
        patient=patient, site=site, number=records.number, enrolled_on=min(screened, consented), by=by
    )
    for disposition, on, arm in _way(found, about["DM_ARM"], consented):
        subject = patients.change_disposition(
            subject=subject, disposition=disposition, on=on, arm=arm, reason=REASON, by=by
        )
    return subject


def _way(found: list[Capture], arm: str, consented: date) -> list[tuple[str, date, str | None]]:
    """Return the dispositions of a subject in order, each with its date and, at randomisation, the arm."""
    events = [c.values for c in found if "DS_DECOD" in c.values]
    days = {event["DS_DECOD"]: date.fromisoformat(event["DS_STDAT"]) for event in events}
    if "Screen Failure" in days:
        return [(D.SCREEN_FAILED, days["Screen Failure"], None)]
    treated = date.fromisoformat(min(c.values["EC_STDAT"] for c in found if c.form == "EC"))
    way: list[tuple[str, date, str | None]] = [
        (D.ENROLLED, consented, None),
        (D.RANDOMISED, days.pop("Randomized"), arm),
        (D.ON_TREATMENT, treated, None),
    ]
    for reason, day in days.items():
        way.append((ENDS.get(reason, D.TREATMENT_DISCONTINUED), day, None))
    return way


def _talk(trial: ClinicalTrial) -> None:
    """Let coordinator and investigator of the first site write to each other."""
    site = Site.objects.get(trial=trial, code=HOME)
    if Conversation.objects.filter(site=site).exists():
        return
    coordinator, investigator = _team(HOME)
    for topic, question, answer in TOPICS:
        with transaction.atomic():
            thread = messaging.start_conversation(site=site, subject=None, topic=topic, body=question, by=investigator)
            messaging.send_message(conversation=thread, body=answer, by=coordinator)
