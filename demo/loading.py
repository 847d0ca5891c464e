"""Load the CDISC pilot study through the services that people use, one subject in one transaction.

What is there already is left alone, so a second run adds nothing and an interrupted one goes on where it stopped.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import count
from threading import Event
from zoneinfo import ZoneInfo

from django.db import connection, transaction

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
CONNECTIONS = 2
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


@dataclass(frozen=True)
class Team:
    """A site and who enters and finalises there."""

    site: Site
    coordinator: User
    investigator: User


def load_pilot(*, most: int | None = None, tell: Callable[[str], None]) -> int:
    """Load the first `most` subjects of the pilot, or all; return how many were new. `tell` hears of the progress."""
    cast.refuse_unless_demo()
    wanted = subjects()[:most]
    known = set(Subject.objects.filter(trial__protocol_number=PROTOCOL).values_list("number", flat=True))
    missing = [records for records in wanted if records.number not in known]
    if missing:
        with imported(), live.quiet():
            trial = open_trial(PLAN, _place(HOME))
            teams = {code: _team(trial, code) for code in sorted({HOME, *(records.site for records in missing)})}
            _load_all(missing, teams, tell)
            _talk(teams[HOME])
    tell(f"The CDISC pilot study is loaded: {len(wanted)} subjects.")
    return len(missing)


def _load_all(missing: list[Records], teams: dict[str, Team], tell: Callable[[str], None]) -> None:
    """Load subjects over two connections, so that the portal and PostgreSQL work at the same time.

    Inside a transaction of the caller there is one connection only.
    """
    counted, stop = count(1), Event()

    def load(share: list[Records]) -> None:
        for records in share:
            if stop.is_set():
                return
            _load_subject(teams[records.site], records)
            if (done := next(counted)) % STEP == 0:
                tell(f"CDISC pilot study: {done} of {len(missing)} subjects")

    def load_apart(share: list[Records]) -> None:
        try:
            load(share)
        except BaseException:
            stop.set()
            raise
        finally:
            connection.close()

    if connection.in_atomic_block:
        load(missing)
        return
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        shares = [missing[start::CONNECTIONS] for start in range(CONNECTIONS)]
        loads = [pool.submit(copy_context().run, load_apart, share) for share in shares]
        try:
            for each in loads:
                each.result()
        except BaseException:
            stop.set()
            raise


@cache
def _sizes() -> Counter[str]:
    return Counter(records.site for records in subjects())


def _place(code: str) -> Place:
    clinic = people.clinic(code)
    planned = -(-_sizes()[code] // 5) * 5
    return Place(code, clinic.name, f"{clinic.city} Hospital", clinic.city, clinic.time_zone, clinic.phone, planned)


def _team(trial: ClinicalTrial, code: str) -> Team:
    """Return the site and its staff, opened where it is new; the largest is where the demo accounts work."""
    if code == HOME:
        coordinator, investigator = cast.demo_account("coordinator"), cast.demo_account("investigator")
    else:
        coordinator, investigator = cast.site_staff(code, "coordinator"), cast.site_staff(code, "investigator")
    site = open_site(trial, _place(code), coordinator=coordinator, investigator=investigator, reason=REASON)
    return Team(site, coordinator, investigator)


@dataclass(frozen=True)
class Step:
    """A disposition of a subject, its day, and at randomisation the arm."""

    disposition: str
    on: date
    arm: str | None = None


@transaction.atomic
def _load_subject(team: Team, records: Records) -> None:
    found = captures_of(records)
    subject = _enrol(team, records, found)
    course, end = _way(found)
    _lead(team, subject, course)
    outcome = end[-1].disposition if end else ""
    left_early = outcome in {D.TREATMENT_DISCONTINUED, D.WITHDRAWN, D.LOST_TO_FOLLOW_UP}
    # The investigators have caught up with every other subject who completed; the rest waits for them.
    finished = outcome == D.COMPLETED and int(records.number[-1]) % 2 == 1
    for capture in found:
        # What was observed on the last day of those who left early is still being entered.
        submit = not (left_early and capture.day == found[-1].day)
        row = _enter(team, subject, capture, submit=submit)
        if finished and not row.missing_items:
            captures.finalise_capture(capture=row, by=team.investigator)
    # Last: some records of the source are dated after the end, which the portal takes from nobody who has left.
    _lead(team, subject, end)


def _lead(team: Team, subject: Subject, way: list[Step]) -> None:
    for step in way:
        patients.change_disposition(
            subject=subject, disposition=step.disposition, on=step.on, arm=step.arm, reason=REASON, by=team.coordinator
        )


def _enter(team: Team, subject: Subject, capture: Capture, *, submit: bool) -> DataCapture:
    return captures.create_capture(
        subject=subject,
        visit=capture.visit,
        visit_repeat=capture.visit_repeat,
        form=capture.form,
        form_repeat=capture.form_repeat,
        values=capture.values,
        timestamp=_moment(team.site, capture.day, capture.time),
        submit=submit,
        by=team.coordinator,
    )


def _moment(site: Site, day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo(site.time_zone))


def _enrol(team: Team, records: Records, found: list[Capture]) -> Subject:
    """Register the patient and enrol the subject."""
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
    site, by = team.site, team.coordinator
    patient = patients.register_patient(site=site, identity=identity, by=by)
    return patients.enrol_subject(
        patient=patient, site=site, number=records.number, enrolled_on=min(screened, consented), by=by
    )


def _way(found: list[Capture]) -> tuple[list[Step], list[Step]]:
    """Return the dispositions of a subject in order: while they take part, and how that ended."""
    about = next(capture.values for capture in found if capture.form == "DM")
    events = [c.values for c in found if "DS_DECOD" in c.values]
    days = {event["DS_DECOD"]: date.fromisoformat(event["DS_STDAT"]) for event in events}
    if "Screen Failure" in days:
        return [], [Step(D.SCREEN_FAILED, days["Screen Failure"])]
    consented = date.fromisoformat(about.get("DM_ICDT", about["DM_COLDT"]))
    treated = date.fromisoformat(min(c.values["EC_STDAT"] for c in found if c.form == "EC"))
    course = [
        Step(D.ENROLLED, consented),
        Step(D.RANDOMISED, days.pop("Randomized"), about["DM_ARM"]),
        Step(D.ON_TREATMENT, treated),
    ]
    return course, [Step(ENDS.get(reason, D.TREATMENT_DISCONTINUED), day) for reason, day in days.items()]


def _talk(team: Team) -> None:
    """Let coordinator and investigator of the first site write to each other, unless somebody wrote there before."""
    if Conversation.objects.filter(site=team.site).exists():
        return
    for topic, question, answer in TOPICS:
        with transaction.atomic():
            thread = messaging.start_conversation(
                site=team.site, subject=None, topic=topic, body=question, by=team.investigator
            )
            messaging.send_message(conversation=thread, body=answer, by=team.coordinator)
