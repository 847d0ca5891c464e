"""Every error page says what happened and what to do, whatever still works."""

import re

import pytest
from django.template.loader import get_template

CODES = ["400", "403", "403_csrf", "404", "409", "413", "429", "500"]


@pytest.mark.parametrize("code", CODES)
def test_error_page_needs_no_database_and_no_context(code):
    html = get_template(f"{code}.html").render()

    assert len(re.findall(r"<h1", html)) == 1
    assert f"Error {code[:3]}" in html
    assert 'href="/"' in html


@pytest.mark.parametrize("code", ["403", "409", "413", "429"])
def test_error_page_gives_the_reason_it_was_told(code):
    html = get_template(f"{code}.html").render({"message": "The form is <locked>."})

    assert "The form is &lt;locked&gt;." in html
