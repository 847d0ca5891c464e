"""A small made-up study that runs today, so that there is something to do: diaries due, visits, messages.

It is apart from the pilot, whose records nobody adds to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction

from captures import services as captures
from captures.models import DataCapture
from demo import cast, people
from demo.opening import Place, Plan, find_trial, imported, open_trial
from edc.accounts.models import User
from messaging import services as messaging
from patients import services as patients
from patients.models import Identity, Subject
from trials.definition import FilledBy
from trials.models import Site

REASON = "Made up for the demo"
# Sorts before the pilot: staff of both studies start where the participant is.
PROTOCOL = "BRISK-01"
SITE = "01"
D = Subject.Disposition
Values = dict[str, str | list[str]]


@dataclass(frozen=True)
class Walker:
    """Somebody in the study: how many days ago they started, and what became of them."""

    number: str
    sex: str
    age: int
    started: int
    disposition: str
    arm: str = ""


# The first one is participant@demo.example: the diary of week 1 is due.
WALKERS = (
    Walker("W-001", "Female", 67, 8, D.RANDOMISED, "WALK"),
    Walker("W-002", "Male", 71, 4, D.RANDOMISED, "USUAL"),
    Walker("W-003", "Female", 64, 16, D.RANDOMISED, "WALK"),
    Walker("W-004", "Male", 78, 23, D.RANDOMISED, "USUAL"),
    Walker("W-005", "Female", 69, 27, D.WITHDRAWN, "WALK"),
    Walker("W-006", "Male", 73, 40, D.COMPLETED, "WALK"),
    Walker("W-007", "Female", 81, 44, D.COMPLETED, "USUAL"),
    Walker("W-008", "Male", 66, 2, D.SCREENING),
    Walker("W-009", "Female", 75, 9, D.SCREEN_FAILED),
)
# Weights that were written down wrong, in kg: an edit check asks about them.
SLIPS = {("W-003", "WEEK_1"): -20.0}
# What the data manager asks about: of whom, at which visit, what about, and in which words.
ASKED = (
    ("W-002", "WELCOME", "VISIT_PULSE", "The source says 10 beats more. Please check."),
    ("W-004", "WEEK_1", "VISIT_SYS", "Was this measured after five minutes of rest?"),
)
ANSWER = "Checked with the source: it is right as it stands."
WELCOME = (
    "Welcome to the study! Once a week a short diary waits for you under Today. Write to us here whenever you like.",
    "Thank you! I walked to the bakery and back this morning, about twenty minutes.",
    "Well done. The diary of this week is open now; it takes about three minutes.",
)
QUESTION = ("My next visit", "Could I come in the afternoon next time? The morning bus is very full.")


@dataclass(frozen=True)
class Scene:
    """Where and when the study plays, and who is in it."""

    site: Site
    today: date
    coordinator: User
    investigator: User
    participant: User

    def at(self, days: int, hour: int = 10) -> datetime:
        """Return a moment so many days from today, in the clinic's time."""
        return datetime.combine(
            self.today + timedelta(days), datetime.min.time(), ZoneInfo(self.site.time_zone)
        ).replace(hour=hour)


@transaction.atomic
def load_walks(*, today: date, tell: Callable[[str], None]) -> bool:
    """Load the small study around `today`, whole or not at all; return whether it was new."""
    cast.refuse_unless_demo()
    plan = Plan(
        protocol_number=PROTOCOL,
        title="Short walks: a made-up study for trying the portal",
        description="Does a short walk every day make a week better? None of the participants exists.",
        start_date=today - timedelta(60),
        end_date=today + timedelta(300),
        subjects=40,
        folder="short-walks",
        reason=REASON,
    )
    if find_trial(plan) is not None:
        return False
    home = people.clinic(PROTOCOL)
    place = Place(SITE, home.name, f"{home.city} Hospital", home.city, cast.HOME_ZONE, home.phone, 40)
    with imported():
        trial = open_trial(plan, place)
        people_in = [cast.demo_account(key) for key in ("coordinator", "investigator", "participant")]
        scene = Scene(Site.objects.get(trial=trial, code=SITE), today, *people_in)
        subjects = [_enrol(scene, walker) for walker in WALKERS]
        for walker, subject in zip(WALKERS, subjects, strict=True):
            _fill(scene, walker, subject)
        _ask(scene)
        _book(scene, subjects)
        _talk(scene, subjects[0])
    tell(f"The study of short walks is loaded: {len(WALKERS)} subjects around today.")
    return True


def _enrol(scene: Scene, walker: Walker) -> Subject:
    first_day = scene.today - timedelta(walker.started)
    screened = first_day - timedelta(3) if walker.arm else first_day
    person = people.patient(walker.number, sex=walker.sex, age=walker.age, on=screened)
    mine = walker is WALKERS[0]
    identity = Identity(
        medical_record_number=person.record_number,
        display_name=scene.participant.display_name if mine else person.name,
        date_of_birth=person.born.isoformat(),
        contact=person.contact | ({"email": scene.participant.email} if mine else {}),
    )
    by = scene.coordinator
    patient = patients.register_patient(site=scene.site, identity=identity, by=by)
    subject = patients.enrol_subject(
        patient=patient, site=scene.site, number=walker.number, enrolled_on=screened, by=by
    )
    way: list[tuple[str, date]] = [(D.ENROLLED, screened), (D.RANDOMISED, first_day)] if walker.arm else []
    if walker.disposition not in {D.SCREENING, D.RANDOMISED}:
        way.append((walker.disposition, min(scene.today, first_day + timedelta(29 if walker.arm else 1))))
    for disposition, on in way:
        arm = walker.arm if disposition == D.RANDOMISED else None
        subject = patients.change_disposition(
            subject=subject, disposition=disposition, on=on, arm=arm, reason=REASON, by=by
        )
    if walker.arm:
        account = scene.participant if mine else cast.walker(person.name, person.contact["email"])
        _, code = patients.invite_participant(patient=patient, site=scene.site, by=by)
        patients.accept_invitation(code=code, by=account)
    return Subject.objects.select_related("patient", "site").get(pk=subject.pk)


def _fill(scene: Scene, walker: Walker, subject: Subject) -> None:
    """Fill in what was due: the clinic's visits by the coordinator, the diaries by the participants themselves."""
    random = Random(walker.number)  # noqa: S311 -- must give the same study each time, nothing secret
    weight = Random(f"{walker.number} weight").uniform(54, 92)  # noqa: S311 -- as above
    for visit in subject.study_version.definition.visits if walker.arm else ():
        if visit.target_day is None or visit.target_day + visit.window_after > walker.started:
            continue
        days = visit.target_day - 1 - walker.started
        for form in visit.forms:
            own = form.filled_by == FilledBy.PARTICIPANT
            slip = SLIPS.get((walker.number, visit.oid), 0)
            values = _diary(random) if own else _measured(random, scene.at(days).date(), weight + slip)
            row = captures.create_capture(
                subject=subject,
                visit=visit.oid,
                form=form.oid,
                values=values,
                timestamp=scene.at(days),
                submit=walker.disposition == D.COMPLETED or random.random() < 0.8,
                by=(subject.patient.user if own else None) or scene.coordinator,
            )
            if walker.disposition == D.COMPLETED:
                captures.finalise_capture(capture=row, by=scene.investigator)


def _measured(random: Random, day: date, weight: float) -> Values:
    return {
        "VISIT_DAT": day.isoformat(),
        "VISIT_AIDS": random.choice("YNN"),
        "VISIT_SYS": str(random.randint(112, 158)),
        "VISIT_DIA": str(random.randint(62, 94)),
        "VISIT_PULSE": str(random.randint(56, 88)),
        "VISIT_WEIGHT": f"{weight + random.uniform(-1.5, 1.5):.1f}",
    }


def _diary(random: Random) -> Values:
    return {
        "DIARY_WEEK": random.choice(("VERY_GOOD", "GOOD", "GOOD", "MIXED", "HARD")),
        "DIARY_WALKS": str(random.randint(1, 7)),
        "DIARY_MINUTES": str(random.randint(2, 9) * 5),
        "DIARY_SLEEP": f"{random.randint(10, 17) / 2:.1f}",
        "DIARY_BED": f"{random.randint(21, 23)}:{random.choice(('00', '15', '30', '45'))}",
        "DIARY_COMPANY": random.sample(("FAMILY", "FRIENDS", "NEIGHBOURS"), random.randint(1, 3)),
        "DIARY_ILL": "N",
    }


def _ask(scene: Scene) -> None:
    """Let the data manager ask about values; the site has answered the first."""
    asked = []
    for number, visit, place, message in ASKED:
        capture = DataCapture.objects.get(subject__number=number, trial=scene.site.trial, visit=visit, form="VISIT")
        by = cast.demo_account("manager")
        asked.append(captures.raise_query(capture=capture, place=place, message=message, by=by))
    captures.answer_query(query=asked[0], text=ANSWER, resolution="CONFIRMED", by=scene.coordinator)


def _book(scene: Scene, subjects: list[Subject]) -> None:
    """Book the visits to come, one a day so that nobody is booked twice; one of them was called off."""
    for place, subject in enumerate(subjects[:4]):
        start = scene.at(place + 1, 10 + place % 2)
        booked = patients.book_appointment(
            subject=subject,
            provider=scene.coordinator,
            start_at=start,
            end_at=start + timedelta(minutes=45),
            location=f"{scene.site.name}, room 2",
            reason="Visit and measurements",
            by=scene.coordinator,
        )
    patients.cancel_appointment(appointment=booked, reason="Wants to come a week later", by=scene.coordinator)
    start = scene.at(9, 14)
    patients.request_appointment(
        subject=subjects[0],
        start_at=start,
        end_at=start + timedelta(minutes=30),
        reason="An afternoon would suit me",
        by=scene.participant,
    )


def _talk(scene: Scene, subject: Subject) -> None:
    """Let the participant and the site's team write to each other; each side has something unread."""
    greeting, thanks, reminder = WELCOME
    thread = messaging.start_conversation(
        site=scene.site, subject=subject, topic="Welcome", body=greeting, by=scene.coordinator
    )
    messaging.mark_read(conversation=thread, by=scene.participant)
    messaging.send_message(conversation=thread, body=thanks, by=scene.participant)
    messaging.mark_read(conversation=thread, by=scene.coordinator)
    messaging.send_message(conversation=thread, body=reminder, by=scene.coordinator)
    topic, question = QUESTION
    messaging.start_conversation(site=scene.site, subject=subject, topic=topic, body=question, by=scene.participant)
