"""Sites of a trial."""

from typing import Any

from django.db import IntegrityError, transaction

from audit import services as audit
from audit.services import locked, once
from edc.accounts.models import User
from edc.base.errors import Invalid, Refused, require
from edc.base.texts import check_names, is_blank
from trials import permissions
from trials.models import ClinicalTrial, Site


class SiteCodeTaken(Refused): ...


def create_site(
    *,
    trial: ClinicalTrial,
    code: str,
    name: str,
    institution: str = "",
    country: str = "",
    city: str = "",
    time_zone: str = "UTC",
    phone: str = "",
    planned_subjects: int = 0,
    by: User,
    key: str = "",
) -> Site:
    """Open a site in the trial; its code is unique there."""
    values: dict[str, Any] = {
        "code": code,
        "name": name,
        "institution": institution,
        "country": country,
        "city": city,
        "time_zone": time_zone,
        "phone": phone,
        "planned_subjects": planned_subjects,
    }

    def allow() -> None:
        require(permissions.can_manage_members(by, trial))

    def make() -> Site:
        check_names(**{name: str(values.get(name, "")) for name in ("code", "name")})
        return _opened(Site(trial=trial, **values), by=by)

    asked = {"trial": trial.pk, **values}
    return once(Site, make, allow=allow, by=by, key=key, action="trials.site_created", asked=asked)


@transaction.atomic
def plan_site(*, trial: ClinicalTrial, code: str, name: str, by: User) -> Site:
    """Plan a site that a study file names; nobody is enrolled there before who manages sites opens it."""
    require(permissions.can_bring_in(by, trial))
    return _opened(Site(trial=trial, code=code, name=name, status=Site.Status.PLANNED), by=by)


@transaction.atomic
def change_site(*, site: Site, changes: dict[str, Any], reason: str, version: int, by: User) -> Site:
    """Change a site's address, phone, plan or status; its code and trial stay."""
    site = locked(site, version=version)
    require(permissions.can_manage_site(by, site))
    if is_blank(reason):
        raise Invalid({"reason": ["Say why."]})
    check_names(name=changes.get("name", ""))
    for name in ("name", "institution", "country", "city", "time_zone", "phone", "planned_subjects", "status"):
        setattr(site, name, changes.get(name, getattr(site, name)))
    audit.save(site, by=by, action="trials.site_changed", reason=reason)
    return site


def _opened(site: Site, *, by: User) -> Site:
    try:
        audit.save(site, by=by, action="trials.site_created")
    except IntegrityError as error:
        if "site_code_is_unique_in_its_trial" in str(error):
            raise SiteCodeTaken("This trial has a site with this code.") from None
        raise
    return site
