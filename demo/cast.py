"""The accounts of the demo: one for each kind of person to sign in with, and the staff of the pilot's sites."""

from dataclasses import dataclass

from django.conf import settings

from demo import people
from edc.accounts import services as accounts
from edc.accounts.models import User
from edc.base.errors import Refused
from trials.models import ClinicalTrial
from trials.roles import Role

# One password for all demo accounts. It opens no other install: the loaders refuse production settings.
PASSWORD = "open-data-capture"  # noqa: S105 -- printed on the screen for everybody
HOME_ZONE = "America/New_York"


class DemoRefused(Refused): ...


@dataclass(frozen=True)
class Account:
    """A demo account: who it is, its role in the demo studies, and what to try first."""

    key: str
    name: str
    role: Role | None
    first: str

    @property
    def email(self) -> str:
        return f"{self.key}@demo.example"


ACCOUNTS = (
    Account("participant", "Juno Bramble", None, "Today: fill in the weekly diary, then write to the study team"),
    Account("coordinator", "Robin Castle", Role.COORDINATOR, "Open subject W-001 and fill in week 1, then Queries"),
    Account("investigator", "Dr Alex Thorn", Role.INVESTIGATOR, "Finalise a form, then visit site 701 of the pilot"),
    Account(
        "manager", "Sam Ledger", Role.DATA_MANAGER, "Copy a study version into a new draft, then ask about a value"
    ),
    Account("monitor", "Kit Mercer", Role.MONITOR, "Open a casebook of the CDISC pilot and a form's history"),
    Account("auditor", "Jo Quill", Role.AUDITOR, "Audit trail: find who changed what, when and why"),
    Account("sponsor", "Pat Harbour", Role.SPONSOR, "Follow the enrolment of 17 sites, no patient in sight"),
    Account("admin", "Max Keys", Role.ADMINISTRATOR, "Give somebody a role, end it, see it take effect"),
)
# Opens the demo studies and gives the first roles. It has no password, so nobody signs in as it.
SET_UP = "set-up@demo.example"


def refuse_unless_demo() -> None:
    """Raise DemoRefused under production settings, and where the trials are not the demo's own."""
    if settings.PRODUCTION:
        raise DemoRefused("This is a production install (EDC_ENVIRONMENT): the demo studies are not loaded into it.")
    if find(SET_UP) is None and ClinicalTrial.objects.exists():
        raise DemoRefused("This database holds a trial that the demo did not make: nothing was loaded into it.")


def find(email: str) -> User | None:
    return User.objects.filter(email=email).first()


def set_up() -> User:
    """Return the account that opens the demo studies."""
    return find(SET_UP) or User.objects.create_superuser(SET_UP, None, display_name="Demo set-up")


def demo_account(key: str) -> User:
    """Return a demo account, made without a password where it does not exist yet."""
    account = next(account for account in ACCOUNTS if account.key == key)
    kind = User.Kind.STAFF if account.role else User.Kind.PARTICIPANT
    return find(account.email) or _create(account.email, account.name, kind, HOME_ZONE)


def give_passwords() -> None:
    """Let every demo account sign in with the demo's password; one that has a password keeps it."""
    visitor = accounts.Visitor("127.0.0.1", "load_demo")
    for account in ACCOUNTS:
        user = demo_account(account.key)
        if not user.has_usable_password():
            accounts.reset_password(user=user, password=PASSWORD, visitor=visitor)


def site_staff(code: str, post: str) -> User:
    """Return who holds a post (coordinator, investigator) at a site of the pilot; nobody signs in as them."""
    email = f"{post}.{code}@sites.example"
    return find(email) or _create(email, people.staff(code, post), User.Kind.STAFF, people.clinic(code).time_zone)


def walker(name: str, email: str) -> User:
    """Return the account with which a subject of the small study reports; nobody signs in as them."""
    return find(email) or _create(email, name, User.Kind.PARTICIPANT, HOME_ZONE)


def _create(email: str, name: str, kind: User.Kind, time_zone: str) -> User:
    return accounts.create_account(
        email=email, password=None, display_name=name, kind=kind, by=None, time_zone=time_zone
    )
