"""A trial whose second version is in force at its site, with captures entered in the first."""

import copy
from dataclasses import dataclass

from django.db import connection

from edc.accounts.models import User
from tests import factories
from trials.models import ClinicalTrial, Site, StudyVersion


@dataclass
class Amended:
    """The trial, its versions, and who publishes and moves."""

    trial: ClinicalTrial
    site: Site
    old: StudyVersion
    manager: User
    new: StudyVersion | None = None

    def amend(self, change=lambda document: None):
        """Publish the next version everywhere, after `change` was done to its document."""
        document = copy.deepcopy(factories.DOCUMENT)
        change(document)
        approver = factories.investigator_at(self.site)
        self.new = factories.published_version(
            self.trial, builder=self.manager, approver=approver, document=document | {"name": "Amendment"}
        )
        return self.new


def amended():
    trial = factories.active_trial()
    site = trial.sites.first()
    return Amended(trial, site, trial.study_versions.get(), factories.data_manager_of(trial))


def item(document, oid):
    return next(one for one in document["items"] if one["oid"] == oid)


def without(*oids):
    """Return a change that takes these items out of the form of vital signs."""

    def change(document):
        section = document["forms"][0]["sections"][0]
        section["items"] = [oid for oid in section["items"] if oid not in oids]

    return change


def stored(site):
    """Return what the database holds of the site's captures as text, byte for byte, without their row's history."""
    statement = """select c.id, c.study_version_id, c.data::text, c.set_aside::text, c.status, c.missing_items,
        c.flagged_items, c.submitted_at, c.finalised_at, c.finalised_by_id, c.timestamp
        from captures_datacapture c where c.site_id = %s order by c.id"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [site.pk])
        return cursor.fetchall()
