"""`bin/edc import_study`: read a study that another system built, and take it as a draft of a study version."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from edc.accounts.selectors import person_by_email
from edc.base.errors import Refused
from trials.formats import FileRefused, StudyFile, read_study
from trials.selectors import trials_worked_in
from trials.services import create_study_version


class Command(BaseCommand):
    help = "Read a study file (docs/study-files.md) and take it as a draft study version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--protocol", help="the protocol number of the trial that it is for")
        parser.add_argument("--by", help="the e-mail address of the data manager who brings it in")
        parser.add_argument("--dry-run", action="store_true", help="only say what was understood")
        parser.add_argument("--json", action="store_true", help="print counts and problems as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            study = read_study(options["file"], name=options["file"].stem)
        except FileRefused as refused:
            raise CommandError(str(refused)) from None
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from None
        self._report(study, as_json=options["json"])
        if not options["dry_run"]:
            self._take(study, protocol=options["protocol"], email=options["by"])

    def _report(self, study: StudyFile, *, as_json: bool) -> None:
        problems = {
            name: [{"place": one.place, "what": one.what, "reason": one.reason} for one in listed]
            for name, listed in (("refused", study.refused), ("unsupported", study.unsupported))
        }
        if as_json:
            self.stdout.write(json.dumps({"kind": study.kind, **study.counts.as_json(), **problems}, indent=2))
            return
        self.stdout.write(f"{study.kind}: {study.study or 'a study without a name'}")
        for name, count in study.counts.as_json().items():
            if count:
                self.stdout.write(f"  {count:>9,} {name.replace('_', ' ')}")
        for name, listed in problems.items():
            for one in listed:
                self.stdout.write(f"  {name}: {one['place']}: {one['what']}: {one['reason']}")

    def _take(self, study: StudyFile, *, protocol: str | None, email: str | None) -> None:
        if study.document is None:
            raise CommandError("There is no study in this file, only data.")
        if not protocol or not email:
            raise CommandError("Say for which trial (--protocol) and by whom (--by), or only look (--dry-run).")
        person = person_by_email(email)
        trial = trials_worked_in(person).filter(protocol_number=protocol).first() if person else None
        if person is None or trial is None:
            raise CommandError("There is no such trial, or this person does not work in it.")
        try:
            made = create_study_version(trial=trial, document=study.document, by=person)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stderr.write(f"Version {made.number} of {protocol} is there as a draft.")
        if study.counts.values:
            self.stderr.write(
                f"Its {study.counts.values:,} values were read and not taken: a study version has no data."
            )
