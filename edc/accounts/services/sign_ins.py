"""Signing in, from both doors: what is tried is noted, and whoever tries too often waits.

A stranger's tries never keep the owner out: a browser in which somebody signed in before is known by a signed cookie
and has tries of its own, and an address from which they signed in is not held for what others do elsewhere. Behind one
address there may be a whole clinic: what somebody there tries slows the others down, by a minute at most.
"""

import ipaddress
import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from edc.accounts.models import SignIn, User, email_digest
from edc.accounts.validators import normal_email
from edc.base.actor import ANONYMOUS, name_actor
from edc.base.crypto import blind_index
from edc.base.errors import Refused

# An address is somebody's own for this long after they signed in from it.
ADDRESS_KNOWN_FOR = timedelta(days=90)
TOTP_SECONDS = 30
# After too many wrong tries from an address the next one is looked at after this long, twice as long each time.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(seconds=60)


class SignInRefused(Refused):
    """The address, the password or the code is wrong; which one is not said."""

    status = 401


class SecondStepNeeded(SignInRefused):
    """The password is right and the account has a second step."""


class TooManyTries(Refused):
    """Too many wrong tries within the window."""

    status = 429


@dataclass(frozen=True)
class Visitor:
    """Who knocks: the network address, the browser, and the accounts that signed in with this browser before."""

    address: str
    user_agent: str = ""
    devices: frozenset[bytes] = frozenset()

    @property
    def network(self) -> str:
        """The address without the part that names one machine: enough to recognise, too little to trace."""
        return _network(self.address, 24, 48)

    @property
    def digest(self) -> bytes:
        """A keyed hash of the address; one IPv6 customer has a /64, so it counts as one."""
        return _digest("address", _network(self.address, 32, 64))

    def knows(self, email: str) -> bool:
        return email_digest(email) in self.devices


def note(kind: SignIn.Kind, *, email: str, visitor: Visitor, user: User | None = None, action: str = "") -> None:
    """Add a row to what happened at the front door."""
    with transaction.atomic():
        name_actor(user.pk if user else ANONYMOUS, action=action or f"accounts.{kind.lower()}")
        SignIn.objects.create(
            kind=kind,
            user=user,
            email_digest=email_digest(email),
            client_digest=visitor.digest,
            network=visitor.network,
            user_agent=browser_of(visitor.user_agent),
            known_device=visitor.knows(email),
            at=timezone.now(),
        )


def refuse_if_locked(*, email: str, visitor: Visitor) -> None:
    """Raise TooManyTries if this try comes too early; tries of one client for one account wait for each other."""
    digest = email_digest(email)
    with connection.cursor() as cursor:
        key = int.from_bytes(_digest("try", f"{digest.hex()}{visitor.digest.hex()}")[:8], signed=True)
        cursor.execute("select pg_advisory_xact_lock(%s)", [key])
    pause = _pause(digest, visitor, known=visitor.knows(email), now=timezone.now())
    if pause:
        note(SignIn.Kind.LOCKED_OUT, email=email, visitor=visitor)
        raise TooManyTries(f"Too many failed sign-ins. Wait {_in_words(pause)}, or reset your password.")


def refuse_guesses(*, user: User, visitor: Visitor) -> None:
    """Raise TooManyTries if this person, or this client, entered too many wrong invitation codes of late.

    Tries of one client, and of one person, wait for each other until the transaction ends.
    """
    with connection.cursor() as cursor:
        for who in (visitor.digest.hex(), user.pk.hex):
            key = int.from_bytes(_digest("code", who)[:8], signed=True)
            cursor.execute("select pg_advisory_xact_lock(%s)", [key])
    refused = SignIn.objects.filter(kind=SignIn.Kind.CODE_REFUSED, at__gt=timezone.now() - settings.SIGN_IN_WINDOW)
    limit = settings.SIGN_IN_TRIES
    # Participants of one site may share an address, and each may mistype.
    if refused.filter(user=user).count() >= limit or refused.filter(client_digest=visitor.digest).count() >= 6 * limit:
        minutes = int(settings.SIGN_IN_WINDOW.total_seconds() // 60)
        raise TooManyTries(f"Too many wrong invitation codes. Wait {minutes} minutes, or ask your study team for help.")


def sign_in_by_password(*, email: str, password: str, code: str, visitor: Visitor) -> User:
    """Return whose credentials these are, for a program that asks for a token; note the try either way."""
    refusal: Refused
    with transaction.atomic():
        name_actor(ANONYMOUS, action="accounts.signed_in")
        try:
            user = _checked(email=email, password=password, code=code, visitor=visitor)
        except Refused as refused:
            refusal = refused
        else:
            note(SignIn.Kind.SIGNED_IN, email=email, visitor=visitor, user=user)
            return user
    # Outside the transaction, so that the failure stays noted.
    raise refusal


def use_code(*, user: User, code: str, visitor: Visitor) -> Authenticator:
    """Spend a code of the authenticator app, or a recovery code; each counts once, whoever else sends it meanwhile."""
    refuse_if_locked(email=user.email, visitor=visitor)
    name_actor(user.pk, action="accounts.second_step_passed")
    rows = Authenticator.objects.select_for_update().filter(user=user).order_by("pk")
    for row in rows:
        spend = _spend_totp if row.type == Authenticator.Type.TOTP else _spend_recovery_code
        if spend(row, code):
            return row
    note(SignIn.Kind.FAILED, email=user.email, visitor=visitor, user=user)
    raise SignInRefused("This code is wrong or was used before. Wait for the next one.")


def _checked(*, email: str, password: str, code: str, visitor: Visitor) -> User:
    refuse_if_locked(email=email, visitor=visitor)
    user = authenticate(None, email=normal_email(email), password=password)
    if not isinstance(user, User):
        note(SignIn.Kind.FAILED, email=email, visitor=visitor)
        raise SignInRefused("The e-mail address or the password is wrong.")
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        if not code:
            raise SecondStepNeeded("Send the code of your authenticator app as well.")
        use_code(user=user, code=code, visitor=visitor)
    if not EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists():
        raise SignInRefused("Confirm your e-mail address first: use the link that was sent to you.")
    if user.is_waiting:
        raise SignInRefused("Your account waits for approval.")
    return user


def _spend_totp(row: Authenticator, code: str) -> bool:
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()):
        return False
    secret, step = decrypt(row.data["secret"]), int(time.time()) // TOTP_SECONDS
    for counter in (step - 1, step, step + 1):
        right = constant_time_compare(digits, format_hotp_value(hotp_value(secret, counter)))
        if right and counter > row.data.get("last_counter", 0):
            row.data["last_counter"] = counter
            row.save(update_fields=["data"])
            return True
    return False


def _spend_recovery_code(row: Authenticator, code: str) -> bool:
    return bool(code.isascii() and row.wrap().validate_code("".join(code.split())))


def _pause(email: bytes, visitor: Visitor, *, known: bool, now: datetime) -> timedelta:
    """Return for how long no try of this visitor for this account is looked at."""
    client = visitor.digest
    rows = SignIn.objects.filter(Q(email_digest=email) | Q(client_digest=client), at__gt=now - settings.SIGN_IN_WINDOW)
    # A password reset proves whose the account is, and starts the count again.
    reset_at = rows.filter(kind=SignIn.Kind.PASSWORD_RESET, email_digest=email).aggregate(at=Max("at"))["at"]
    failed = rows.filter(kind=SignIn.Kind.FAILED)
    at_account = Q(email_digest=email, **({"at__gt": reset_at} if reset_at else {}))
    tries = failed.aggregate(
        device=Count("pk", filter=at_account & Q(known_device=True)),
        here=Count("pk", filter=at_account & Q(client_digest=client, known_device=False)),
        last=Max("at", filter=at_account & Q(client_digest=client, known_device=False)),
        account=Count("pk", filter=at_account & Q(known_device=False)),
        address=Count("pk", filter=Q(client_digest=client, known_device=False)),
    )
    limit, none = settings.SIGN_IN_TRIES, timedelta(0)
    if known:
        return settings.SIGN_IN_WINDOW if tries["device"] >= 2 * limit else none
    if tries["address"] >= 20 * limit:
        return settings.SIGN_IN_WINDOW
    if tries["account"] >= 6 * limit and not _signed_in_from(email, client, since=now - ADDRESS_KNOWN_FOR):
        return settings.SIGN_IN_WINDOW
    if tries["here"] < limit:
        return none
    # Past ten doublings it is the longest in any case.
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(tries["here"] - limit, 10), LONGEST_PAUSE)
    left: timedelta = tries["last"] + pause - now
    return max(left, none)


def _in_words(pause: timedelta) -> str:
    seconds = math.ceil(pause.total_seconds())
    if seconds > LONGEST_PAUSE.total_seconds():
        return f"{seconds // 60} minutes"
    return f"{seconds} seconds" if seconds > 1 else "a second"


def _signed_in_from(email: bytes, client: bytes, *, since: datetime) -> bool:
    rows = SignIn.objects.filter(kind=SignIn.Kind.SIGNED_IN, email_digest=email, client_digest=client, at__gt=since)
    return rows.exists()


def _digest(purpose: str, text: str) -> bytes:
    return bytes.fromhex(blind_index(text, purpose=f"accounts.{purpose}"))


def _network(address: str, ipv4: int, ipv6: int) -> str:
    try:
        machine = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(machine, ipaddress.IPv6Address) and machine.ipv4_mapped:
        machine = machine.ipv4_mapped
    bits = ipv4 if machine.version == 4 else ipv6
    return str(ipaddress.ip_network(f"{machine}/{bits}", strict=False))


# The order matters: Edge and Opera call themselves Chrome, and Chrome calls itself Safari.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def browser_of(user_agent: str) -> str:
    """Return a browser and its system by name, "Firefox on Windows", as people know them."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if browser and system else browser or system or "Another program"
