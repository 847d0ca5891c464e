"""Proof that the trail is whole and the data is what it says."""

from audit.selectors.chains import verify_chains, verify_chains_in_python
from audit.selectors.parts import Part, Report
from audit.selectors.rows import verify_presence, verify_rows, verify_versions


def verify(part: Part | None = None, *, in_python: bool = False) -> Report:
    """Recompute the trail and compare the rows it tells of; without a part all of it.

    The database does it fast; `in_python` the hashes are made by code that shares nothing with the database's.
    """
    report = Report()
    if in_python:
        verify_chains_in_python(report, part)
    else:
        verify_chains(report, part)
    verify_rows(report, part)
    verify_versions(report, part)
    verify_presence(report, part)
    return report
