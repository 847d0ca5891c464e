"""The sites and subjects that a file names, found here or made."""

import hashlib
from collections.abc import Sequence

from captures.models import StudyImport
from captures.services.importing.drafts import DraftSubject
from captures.services.importing.result import Result
from edc.accounts.models import User
from edc.base.texts import plain_name
from patients.models import Subject
from patients.services import NewSubject, bring_in_subjects
from trials.formats import StudyFile
from trials.models import ClinicalTrial, Site, StudyVersion
from trials.services import plan_site

LONGEST_CODE, LONGEST_NAME, LONGEST_NUMBER = 20, 200, 40
# The site of subjects for whom the file names none, in a trial that has not one site alone.
UNNAMED = "UNNAMED"


class Sites:
    """Finds the site of a file's key: by what an earlier import called it, or by its code; else it is planned."""

    def __init__(self, trial: ClinicalTrial, study: StudyFile, chosen: Site | None, by: User, result: Result) -> None:
        self.trial, self.study, self.chosen, self.by, self.result = trial, study, chosen, by, result
        self.sites = {site.code.casefold(): site for site in Site.objects.filter(trial=trial)}
        self.by_key: dict[str, str] = {}
        for row in StudyImport.objects.filter(trial=trial, state=StudyImport.State.TAKEN).order_by("created_at"):
            self.by_key |= row.summary.get("sites", {})

    def of(self, key: str | None) -> Site:
        """Return the site of a key, or of subjects without one."""
        if key is None and self.chosen is not None:
            return self.chosen
        if key is None and len(self.sites) == 1:
            return next(iter(self.sites.values()))
        code = fitted(self.by_key.get(key or "", key or UNNAMED), LONGEST_CODE)
        site = self.sites.get(code.casefold())
        if site is None:
            site = self._plan(key, code)
        if key is not None:
            self.by_key[key] = site.code
        return site

    def _plan(self, key: str | None, code: str) -> Site:
        name = plain_name(self.study.sites.get(key or "", "")) or plain_name(key or "") or "Not named in the study file"
        site = plan_site(trial=self.trial, code=code, name=name[:LONGEST_NAME], by=self.by)
        self.sites[site.code.casefold()] = site
        self.result.numbers["sites"] += 1
        self.result.new_sites.append(str(site))
        return site


class Subjects:
    """Finds the subjects of a file's keys, by their numbers, and makes those that the trial has not."""

    def __init__(self, trial: ClinicalTrial, version: StudyVersion, sites: Sites, reason: str, by: User) -> None:
        self.trial, self.version, self.sites, self.reason, self.by = trial, version, sites, reason, by
        self.result = sites.result
        # A number that two sites of the file use belongs to the first.
        self.first_site: dict[str, str | None] = {}

    def of(self, drafts: Sequence[DraftSubject]) -> list[Subject]:
        """Return the subject of each draft, in the same order."""
        numbers = [self._number(draft) for draft in drafts]
        listed = Subject.objects.filter(trial=self.trial, number__in=numbers)
        known = {subject.number: subject for subject in listed.select_related("site")}
        missing = {number: draft for number, draft in zip(numbers, drafts, strict=True) if number not in known}
        new = [
            NewSubject(
                self.sites.of(draft.site), number, {} if number == draft.key else {"number_in_study_file": draft.key}
            )
            for number, draft in missing.items()
        ]
        made = bring_in_subjects(
            trial=self.trial, subjects=new, study_version=self.version, reason=self.reason, by=self.by
        )
        self.result.numbers["subjects"] += len(made)
        known |= {subject.number: subject for subject in made}
        for number, draft in zip(numbers, drafts, strict=True):
            site = known[number].site
            if draft.site is not None and number not in missing and self.sites.of(draft.site) != site:
                reason = f"Here the subject is at site {site.code}, and so are its forms."
                self.result.found.cannot(f"subject {draft.key}", f"site {draft.site}", reason)
        return [known[number] for number in numbers]

    def _number(self, draft: DraftSubject) -> str:
        """Return the number of a subject: the file's key, made to fit, and told apart where two sites share it."""
        first = self.first_site.setdefault(draft.key, draft.site)
        number = draft.key
        if first != draft.site and None not in (first, draft.site):
            number = f"{draft.site}-{number}"
        return fitted(number, LONGEST_NUMBER)


def fitted(text: str, longest: int) -> str:
    """Return a file's key as a name here; one that does not fit keeps its beginning, and a digest tells it apart."""
    name = plain_name(text)
    if name == text and len(text) <= longest:
        return text
    return f"{name[: longest - 7]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}".strip("-")
