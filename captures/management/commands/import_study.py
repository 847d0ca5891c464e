"""`bin/edc import_study`: read a study that another system built, and bring it into a trial with its data."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from captures.models import StudyImport
from captures.services import importing
from captures.services.importing import FileFacts, Result
from edc.accounts.models import User
from edc.accounts.selectors import person_by_email
from edc.base.errors import Refused
from trials.formats import FileRefused, StudyFile, read_study
from trials.models import ClinicalTrial, Site
from trials.selectors import trials_worked_in
from trials.services import create_trial

# What people call it, where the counts have a shorter word.
CALLED = {"groups": "item_groups"}
BLOCK = 1 << 20


class Command(BaseCommand):
    help = "Read a study file (docs/study-files.md) and bring it into a trial: its study version and its data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--protocol", help="the protocol number of the trial; where there is none, it is written")
        parser.add_argument("--by", help="the e-mail address of the data manager who brings it in")
        parser.add_argument("--site", default="", help="the code of the site of subjects without one in the file")
        parser.add_argument("--dry-run", action="store_true", help="only say what was understood and would be changed")
        parser.add_argument("--json", action="store_true", help="print counts and problems as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            study = read_study(path, name=path.stem)
            file = facts_of(path)
        except FileRefused as refused:
            raise CommandError(str(refused)) from None
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}.") from None
        result = None
        if options["protocol"] or not options["dry_run"]:
            result = self._bring_in(study, file, options)
        self._report(study, result, as_json=options["json"])

    def _bring_in(self, study: StudyFile, file: FileFacts, options: dict[str, Any]) -> Result:
        """Bring the file in, or with --dry-run only say what that would come to."""
        if not options["protocol"] or not options["by"]:
            raise CommandError("Say for which trial (--protocol) and by whom (--by), or only look (--dry-run).")
        person = person_by_email(options["by"])
        if person is None:
            raise CommandError("There is nobody with this e-mail address.")
        try:
            with transaction.atomic():
                trial = self._trial(options["protocol"], study, person)
                site = self._site(trial, options["site"])
                given: dict[str, Any] = {"trial": trial, "study": study, "file": file, "site": site, "by": person}
                if options["dry_run"]:
                    result = importing.look_at(**given)
                    transaction.set_rollback(True)
                    return result
                row, result = importing.bring_in(progress=self._tell, **given)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self._say(row, result)
        return result

    def _trial(self, protocol: str, study: StudyFile, person: User) -> ClinicalTrial:
        """Return the trial, written now where there is none of this number and the person may write one."""
        trial = trials_worked_in(person).filter(protocol_number=protocol).first()
        if trial is not None:
            return trial
        if ClinicalTrial.objects.filter(protocol_number=protocol).exists():
            raise CommandError("There is no such trial, or this person does not work in it.")
        name = str((study.document or {}).get("name", "")) or study.study or protocol
        return create_trial(protocol_number=protocol, title=name[:300], by=person)

    @staticmethod
    def _site(trial: ClinicalTrial, code: str) -> Site | None:
        site = Site.objects.filter(trial=trial, code=code).first() if code else None
        if code and site is None:
            raise CommandError(f"The trial has no site {code}.")
        return site

    def _tell(self, values: int) -> None:
        self.stderr.write(f"{values:>12,} values stored", ending="\r")

    def _say(self, row: StudyImport, result: Result) -> None:
        version = row.study_version
        if version is not None:
            state = version.get_status_display().lower()
            self.stderr.write(f"Version {version.number} of {row.trial.protocol_number} is there: {state}.")
        numbers = result.numbers
        if numbers["values"]:
            said = f"{numbers['values']:,} values in {numbers['captures_new'] + numbers['captures_changed']:,} forms"
            self.stderr.write(f"{said} of {numbers['subjects']:,} new subjects are stored.")

    def _report(self, study: StudyFile, result: Result | None, *, as_json: bool) -> None:
        unsupported = study.unsupported + (result.problems if result else [])
        problems = {
            name: [{"place": one.place, "what": one.what, "reason": one.reason} for one in listed]
            for name, listed in (("refused", study.refused), ("unsupported", unsupported))
        }
        counts = {CALLED.get(name, name): count for name, count in study.counts.as_json().items()}
        if as_json:
            stored = {"stored": result.as_json()} if result else {}
            self.stdout.write(json.dumps({"kind": study.kind, **counts, **stored, **problems}, indent=2))
            return
        self.stdout.write(f"{study.kind}: {study.study or 'a study without a name'}")
        for name, count in counts.items():
            if count:
                self.stdout.write(f"  {count:>9,} {name.replace('_', ' ')}")
        for name, listed in problems.items():
            for one in listed:
                self.stdout.write(f"  {name}: {one['place']}: {one['what']}: {one['reason']}")


def facts_of(path: Path) -> FileFacts:
    """Return what identifies a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return FileFacts(path.name, digest.hexdigest(), path.stat().st_size)
