"""A form says what it wants before one types, and what is wrong where one can act on it."""

import re

from django import forms
from django.template import engines


class Questions(forms.Form):
    weight = forms.DecimalField(label="Weight", help_text="in kilograms")
    pain = forms.ChoiceField(label="Pain", choices=[("0", "None"), ("1", "Some")], widget=forms.RadioSelect)
    consent = forms.BooleanField(label="I agree", help_text="Version 3")
    note = forms.CharField(label="Note", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


def element(html, pattern):
    found = re.search(pattern, html)
    assert found, html
    return found[0]


def test_hint_and_error_come_before_the_input_and_are_tied_to_it():
    html = str(Questions({"weight": "heavy", "pain": "0", "consent": "on", "version": "1"}))

    field = element(html, r'<input[^>]*name="weight"[^>]*>')
    assert 'aria-describedby="id_weight_helptext id_weight_error"' in field
    assert 'aria-invalid="true"' in field
    assert "is-invalid" in field
    assert 'value="heavy"' in field
    order = [html.index(part) for part in ('for="id_weight"', 'id="id_weight_helptext"', 'id="id_weight_error"', field)]
    assert order == sorted(order)


def test_summary_links_to_the_first_control_of_each_wrong_field():
    html = str(Questions({"weight": "heavy"}))

    links = re.findall(r'<a href="#([^"]+)">', html)
    assert links == ["id_weight", "id_pain_0", "id_consent"]
    assert all(f'id="{link}"' in html for link in links)


def test_error_of_a_hidden_field_is_said_without_a_link():
    html = str(Questions({"weight": "1", "pain": "0", "consent": "on"}))

    assert "Version – This field is required." in html
    assert "#id_version" not in html


def test_error_of_the_whole_form_heads_the_summary():
    form = Questions({"weight": "heavy"})
    form.add_error(None, "Somebody else saved this form.")

    assert str(form).index("Somebody else saved") < str(form).index("#id_weight")


def test_untouched_form_shows_no_error():
    html = str(Questions())

    assert "error" not in html
    assert "is-invalid" not in html


def test_choices_are_a_group_with_a_name():
    html = str(Questions())

    group = element(html, r"(?s)<fieldset.*?</fieldset>")
    assert re.search(r"<legend[^>]*>Pain", group)
    assert group.count('class="form-check-input"') == 2


def test_only_what_may_stay_empty_is_marked():
    html = str(Questions())

    assert html.count("(optional)") == 1
    assert re.search(r"Note\s*<span[^>]*>\(optional\)", html)


def test_class_of_a_widget_is_kept_beside_ours():
    field = forms.CharField(widget=forms.TextInput(attrs={"class": "numeric"}))

    html = field.widget.render("dose", "5", {"id": "id_dose"})

    assert 'class="form-control numeric"' in html


def test_what_people_typed_is_escaped():
    form = Questions({"weight": '"><script>alert(1)</script>', "pain": "<b>", "version": "<i>"})

    assert "<script>" not in str(form)
    assert "<b>" not in str(form)


def test_page_title_says_that_there_is_an_error():
    page = engines["django"].from_string("{% extends 'base.html' %}{% block title %}Weight{% endblock %}")

    assert "<title>Error: Weight" in page.render({"form": Questions({})})
    assert "<title>Weight" in page.render({"form": Questions()})
