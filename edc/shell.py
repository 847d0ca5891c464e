"""What the frame of every page shows of the person who looks at it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from edc.accounts.models import User
from edc.navigation import KEEP_PLACE, OF_A_TRIAL, PARTICIPANT_NAV, STAFF_NAV, Entry
from edc.places import places_of
from messaging.selectors import Feed, feed_of, unread_messages
from trials.models import Membership, Site
from trials.roles import ADMIN_ROLES, Right
from trials.selectors import current_memberships, rights_of

# The bubble of a counter says no more than "99+".
MOST_COUNTED = 100


@dataclass(frozen=True)
class Link:
    """An entry of the navigation or of the switcher."""

    label: str
    url: str
    icon: str = ""
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Switcher:
    """Which trial or site a page is about, and the others."""

    current: str
    choices: list[Link]


class Shell:
    """What `templates/base.html` shows around a page. Each part is read once, when it is first asked for."""

    environment = settings.ENVIRONMENT

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def person(self) -> User | None:
        """Return who is signed in."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def member(self) -> User | None:
        """Return who is signed in and does not wait for approval: nobody else has work here."""
        return self.person if self.person and not self.person.is_waiting else None

    @property
    def kind(self) -> str:
        return "participant" if self.is_participant else "staff"

    @property
    def is_participant(self) -> bool:
        return self.person is not None and self.person.kind == User.Kind.PARTICIPANT

    @property
    def person_id(self) -> UUID | None:
        return self.person.pk if self.person else None

    @property
    def locale(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def time_zone(self) -> str:
        return self.person.time_zone if self.person else ""

    @property
    def idle_seconds(self) -> int:
        return int(settings.SESSION_IDLE.total_seconds()) if self.person else 0

    @property
    def keepalive_url(self) -> str:
        return reverse("accounts:stay")

    @property
    def account_url(self) -> str:
        return reverse("accounts:overview")

    @property
    def help_url(self) -> str:
        """Return where a participant finds whom to call."""
        return reverse("captures:my_trials") if self.is_participant and self.member else ""

    @cached_property
    def memberships(self) -> list[Membership]:
        return [] if self.is_participant or not self.member else list(current_memberships(self.member))

    @cached_property
    def rights(self) -> frozenset[Right]:
        return frozenset() if self.is_participant or not self.member else rights_of(self.member)

    @property
    def roles(self) -> str:
        """Return this person's roles in words."""
        if self.is_participant:
            return "Participant"
        return ", ".join(dict.fromkeys(held.get_role_display() for held in self.memberships))

    @property
    def search_url(self) -> str:
        return reverse("captures:grid") if Right.VIEW_DATA in self.rights else ""

    @cached_property
    def feed(self) -> Feed | None:
        return feed_of(self.member, at_most=MOST_COUNTED) if self.member else None

    @property
    def live_cursor(self) -> int | None:
        return self.feed.head if self.feed else None

    @property
    def unread_notifications(self) -> int:
        return self.feed.unseen if self.feed else 0

    @cached_property
    def unread_messages(self) -> int:
        return unread_messages(self.member)[:MOST_COUNTED].count() if self.member and self.messages_url else 0

    @property
    def messages_url(self) -> str:
        reads = self.member and (self.is_participant or Right.VIEW_MESSAGES in self.rights)
        return reverse("messaging:inbox") if reads else ""

    @property
    def messages_title(self) -> str:
        """Return whose messages the header counts: a site's own page has its own number."""
        return "Messages of all your sites" if len(self.sites) > 1 else "Messages"

    @property
    def notifications_url(self) -> str:
        return reverse("messaging:notifications") if self.member else ""

    @property
    def counters_url(self) -> str:
        return reverse("counters") if self.member else ""

    @cached_property
    def page_name(self) -> str:
        match = self.request.resolver_match
        return match.view_name if match else ""

    @cached_property
    def nav(self) -> list[Link]:
        """Return the pages that this person has something to do on."""
        if not self.member:
            return []
        if self.is_participant:
            return [self._link(entry) for entry in PARTICIPANT_NAV]
        links = [self._link(entry) for entry in STAFF_NAV if entry.right in self.rights]
        if self.member.is_superuser or any(held.role in ADMIN_ROLES for held in self.memberships):
            links.append(Link("Records", reverse("admin:index"), "archive", self.page_name.startswith("admin:")))
        if self.sites:
            url = reverse("captures:site_home", args=[self._site_of_the_page().pk])
            links.insert(0, Link("Site home", url, "house", self.page_name == "captures:site_home"))
        return links

    @cached_property
    def sites(self) -> list[Site]:
        """Return the sites where this person holds a role."""
        return list({held.site_id: held.site for held in self.memberships if held.site}.values())

    @cached_property
    def switcher(self) -> Switcher | None:
        """Return the sites and whole trials in which this person holds a role."""
        places: dict[str, Link] = {}
        for held in self.memberships:
            if held.site:
                label, page = f"{held.trial.protocol_number} · {held.site}", "captures:site_home"
            else:
                label, page = str(held.trial), "trials:detail"
            key = held.site_id or held.trial_id
            places[str(key)] = Link(label, reverse(page, args=[key]))
        if not places:
            return None
        named = next((places[key].label for key in self._keys_of_the_page if key in places), "")
        choices = list(places.values())
        return Switcher(named or (choices[0].label if len(choices) == 1 else "Choose a trial or site"), choices)

    def _site_of_the_page(self) -> Site:
        named = self._keys_of_the_page
        return next((site for site in self.sites if str(site.pk) in named), self.sites[0])

    @cached_property
    def _keys_of_the_page(self) -> list[str]:
        """Return what may be the key of the page's site or trial, the site before its trial."""
        match, asked = self.request.resolver_match, self.request.GET
        kwargs = list(match.kwargs.values()) if match else []
        named = [str(key) for key in (*kwargs, asked.get("site"), asked.get("trial")) if key]
        one_place = len({held.site_id or held.trial_id for held in self.memberships}) < 2
        if not self.member or one_place:
            return named
        return named + places_of(self.member, self.page_name, [key for key in kwargs if isinstance(key, UUID)])

    def _address(self, entry: Entry) -> str:
        """Return where an entry leads: its list, kept to the place that this page is about."""
        page = reverse(entry.page)
        if entry.page not in KEEP_PLACE or self.is_participant:
            return page
        held = {str(key) for member in self.memberships for key in (member.site_id, member.trial_id) if key}
        sites = {str(site.pk): str(site.trial_id) for site in self.sites}
        key = next((key for key in self._keys_of_the_page if key in held), "")
        if len(sites) > 1 and key in sites:
            trial = {"trial": sites[key]} if entry.page in OF_A_TRIAL else {}
            return f"{page}?{urlencode(trial | {'site': key})}"
        return f"{page}?{urlencode({'trial': key})}" if key and entry.page in OF_A_TRIAL else page

    def _link(self, entry: Entry) -> Link:
        name = self.page_name
        current = any(name == page or (page.endswith(":") and name.startswith(page)) for page in entry.under)
        count = self.unread_messages if entry.page == "messaging:inbox" and self.is_participant else 0
        return Link(entry.label, self._address(entry), entry.icon, current, count)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of every page shows of this person; it is read when a template asks for it."""
    known = getattr(request, "shell", None)
    if known is None:
        known = request.shell = Shell(request)  # type: ignore[attr-defined]
    return {"shell": known}
