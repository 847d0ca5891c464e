"""ODM 1.3.2, as a snapshot or with all that was ever changed."""

from collections.abc import Iterator
from typing import Any, BinaryIO
from uuid import uuid4

from lxml import etree

from captures.exports.names import Names
from captures.exports.odm_data import SIGNED, FormData
from captures.exports.odm_metadata import MetaData, unit_oid
from captures.exports.odm_parts import Element, element, moment, said, texts
from captures.exports.study import Elsewhere, Entry, Study, Version

KINDS = {"INVESTIGATOR": "Investigator", "SUB_INVESTIGATOR": "Investigator", "SPONSOR": "Sponsor"}


class Snapshot:
    """The data as they are, with the signatures of finished forms."""

    label, suffix, media_type = "CDISC ODM 1.3.2", "xml", "application/xml"
    file_type = "Snapshot"
    space, odm_version = "http://www.cdisc.org/ns/odm/v1.3", "1.3.2"

    def write(self, study: Study, out: BinaryIO) -> None:
        """Write the file, one subject after the other."""
        names = {version.oid: Names(version.document) for version in study.versions}
        head: dict[str, Any] = {
            "ODMVersion": self.odm_version,
            "FileType": self.file_type,
            "FileOID": f"{study.oid}.{uuid4()}",
            "CreationDateTime": moment(study.made_at),
            "SourceSystem": "EDC portal",
        }
        if study.as_of:
            head["AsOfDateTime"] = moment(study.as_of)
        with etree.xmlfile(out, encoding="UTF-8") as file:
            file.write_declaration()
            with file.element(f"{{{self.space}}}ODM", head, nsmap={None: self.space}):
                file.write(self.study(study, names))
                file.write(self.people(study))
                for version in study.versions:
                    self._data(file, study, version, self.forms(version, names[version.oid]))

    def entries(self, study: Study, version: Version) -> Iterator[Entry]:
        """Return what is written of a version."""
        return study.entries(version)

    def elsewhere(self, _study: Study) -> Elsewhere:
        """Return who is named beside the study's own people and sites."""
        return Elsewhere()

    def _data(self, file: Any, study: Study, version: Version, forms: FormData) -> None:
        with file.element("ClinicalData", StudyOID=study.oid, MetaDataVersionOID=version.oid):
            for participant, filled in self.entries(study, version):
                for made in self.subjects(forms, participant, filled):
                    file.write(made)
                study.rows += len(filled)
        study.values += forms.values

    def subjects(self, forms: FormData, participant: Any, filled: Any) -> Iterator[Element]:
        """Yield the elements of one subject."""
        yield forms.subject(participant, filled)

    def forms(self, _version: Version, names: Names) -> FormData:
        """Return what writes the data of a version."""
        return FormData(names)

    def study(self, study: Study, names: dict[str, Names]) -> Element:
        """Return the study with its versions."""
        root = element("Study", OID=study.oid)
        head = element("GlobalVariables", root)
        for name, text in (("StudyName", study.name), ("StudyDescription", study.description)):
            said(head, name, text)
        said(head, "ProtocolName", study.oid)
        written = [MetaData(version, names[version.oid]) for version in study.versions]
        basics = element("BasicDefinitions", root)
        for unit in dict.fromkeys(unit for one in written for unit in one.units()):
            made = element("MeasurementUnit", basics, OID=unit_oid(unit), Name=unit)
            texts(made, "Symbol", unit, written[0].language)
        root.extend([one.element() for one in written])
        return root

    def people(self, study: Study) -> Element:
        """Return everybody, the places and what signatures mean."""
        elsewhere = self.elsewhere(study)
        root = element("AdminData", StudyOID=study.oid)
        for person in [*study.people, *elsewhere.people]:
            user = element("User", root, OID=person.oid, UserType=KINDS.get(person.role, "Other"))
            said(user, "FullName", person.name)
        for location in [*study.locations, *elsewhere.locations]:
            made = element("Location", root, OID=location.code, Name=location.name, LocationType=location.kind)
            for version in study.versions:
                reference = element("MetaDataVersionRef", made, StudyOID=study.oid, MetaDataVersionOID=version.oid)
                reference.set("EffectiveDate", version.since.isoformat())
        signed = element("SignatureDef", root, OID=SIGNED, Methodology="Electronic")
        said(signed, "Meaning", "The form is complete and correct, and closed.")
        said(signed, "LegalReason", "Finalised by an investigator who signed in to the portal.")
        for oid, meaning in elsewhere.meanings:
            signed = element("SignatureDef", root, OID=oid)
            said(signed, "Meaning", meaning or oid)
            said(signed, "LegalReason", "Told by the system that the data came from.")
        return root


class Transactional(Snapshot):
    """Every change in its order, with who made it, when and why."""

    label = "CDISC ODM 1.3.2 with all changes"
    file_type = "Transactional"

    def entries(self, study: Study, version: Version) -> Iterator[Entry]:
        """Return the changes of a version's forms."""
        return study.changes(version)

    def elsewhere(self, study: Study) -> Elsewhere:
        """Return whom the systems told of that data were brought in from."""
        return study.elsewhere()

    def subjects(self, forms: FormData, participant: Any, filled: Any) -> Iterator[Element]:
        """Yield one element for each change: their order counts."""
        if not filled:
            yield _in_context(forms.subject(participant, []), "Upsert")
        for number, change in enumerate(filled):
            if change.told:
                if not number:
                    yield _in_context(forms.subject(participant, []), "Upsert")
                yield from forms.told(participant, change)
            else:
                yield _in_context(forms.subject(participant, [change]), "Context" if number else "Upsert")


def _in_context(subject: Element, transaction: str) -> Element:
    subject.set("TransactionType", transaction)
    for visit in subject.iterfind("StudyEventData"):
        visit.set("TransactionType", "Upsert")
    return subject
