"""Whatever a file holds, it is read or refused with a place; it never breaks the reader."""

import gzip
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trials.formats.files import STUDIES, dictionary, in_form, odm
from trials.formats import FileRefused, read_study
from trials.formats.foreign import from_plain_names, from_redcap, without_powers
from trials.formats.texts import UNFIT, plain

settings.register_profile("files", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FILES = settings.get_profile("files")
SMALL = ["odmlib/odm-data-snapshot.xml.gz", "openedc/metadata.xml.gz", "redcapr/survey.xml.gz", "redcapr/survey.csv.gz"]
ORIGINALS = {name: gzip.decompress((STUDIES / name).read_bytes()) for name in SMALL}


def refusal_of(path):
    """Read all of a file, and return why it is refused if it is."""
    try:
        study = read_study(path)
        list(study.records())
    except FileRefused as refused:
        return refused.problem
    return None


def read_or_refused(path):
    problem = refusal_of(path)
    assert problem is None or (problem.place and problem.what and problem.reason)


@pytest.mark.slow
@settings(FILES, max_examples=60)
@given(name=st.sampled_from(SMALL), part=st.floats(0, 1))
def test_a_file_cut_short_is_refused_or_read(tmp_path, name, part):
    data = ORIGINALS[name]
    path = tmp_path / "cut"
    path.write_bytes(data[: int(len(data) * part)])

    read_or_refused(path)


@pytest.mark.slow
@settings(FILES, max_examples=120)
@given(
    name=st.sampled_from(SMALL),
    part=st.floats(0, 1),
    length=st.integers(0, 40),
    other=st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [b'"', b"<", b">", b"/>", b"&", b"OID=", b"Yes", b"''", b"\0", b"</", b"<!--", b"]]>", b"9" * 30, b"\xff"]
        ),
    ),
)
def test_a_file_with_something_else_in_it_is_refused_or_read(tmp_path, name, part, length, other):
    data = ORIGINALS[name]
    start = int(len(data) * part)
    path = tmp_path / "changed"
    path.write_bytes(data[:start] + other + data[start + length :])

    read_or_refused(path)


@pytest.mark.slow
@settings(FILES, max_examples=60)
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@pytest.mark.parametrize(
    "start", [b"\xd0\xcf\x11\xe0", b"", b"\x1f\x8b\x08", b"PK\x03\x04", b"<ODM>", b"\xff\xfe", b"{"]
)
def test_any_bytes_are_refused_or_read(tmp_path, start, data):
    path = tmp_path / "any"
    path.write_bytes(start + data)

    read_or_refused(path)


@pytest.mark.slow
@settings(FILES, max_examples=100)
@given(st.lists(st.dictionaries(st.integers(0, 17), st.text(max_size=30)), min_size=1, max_size=4))
def test_any_cells_of_a_dictionary_are_refused_or_read(tmp_path, rows):
    with suppress(UnicodeEncodeError):
        read_or_refused(dictionary(tmp_path, {}, *rows))


LOGIC = st.text(alphabet="[]()^!2ab.-'\" &=<>", max_size=60)


@pytest.mark.slow
@given(LOGIC)
def test_any_logic_is_said_otherwise_without_failing(text):
    without_powers(text)
    from_plain_names(text, {"a": "A"}, {("a", "b"): "B"})
    with suppress(ValueError):
        from_redcap(text, {"a": "A"}, {})


@pytest.mark.slow
@given(st.text(max_size=80) | st.text(alphabet="<>&;/!-abc \n=\"'#x1", max_size=80))
def test_of_any_text_only_what_can_be_stored_is_left(text):
    assert not UNFIT.search(plain(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<p>a</p><script>b</script>", "a"),
        ("one<br>two &amp; <b>three</b>", "one\ntwo & three"),
        ("3 < 4 > 2", "3 < 4 > 2"),
        ("a <!-- b --> c", "a c"),
        ("<style>p {}</style>x<iframe>y</iframe>", "x"),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_of_mark_up_the_words_are_left(text, shown):
    assert plain(text) == shown


def test_an_entity_that_grows_is_refused(tmp_path):
    path = tmp_path / "bomb"
    path.write_text('<!DOCTYPE ODM [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><ODM>&b;</ODM>')

    with pytest.raises(FileRefused, match="document type"):
        read_study(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("<Study><GlobalVariables>{}</GlobalVariables></Study>", "<StudyName/>"),
        ("<ClinicalData>{}</ClinicalData>", "<SiteRef/>"),
    ],
)
def test_more_elements_than_can_be_held_are_refused(tmp_path, monkeypatch, where, what):
    monkeypatch.setattr("trials.formats.odm_walk.MOST_HELD", 1_000)

    with pytest.raises(FileRefused, match="more than 1,000 elements"):
        read_study(odm(tmp_path, where.format(what * 2_000)))


@pytest.mark.slow
def test_the_data_of_a_big_file_do_not_fill_the_memory(tmp_path):
    values = "".join(f'<ItemData ItemOID="I{number}" Value="{number}"/>' for number in range(100))
    subjects = "".join(f'<SubjectData SubjectKey="{number}">{in_form(values)}</SubjectData>' for number in range(500))
    path = odm(tmp_path, f'<ClinicalData StudyOID="S" MetaDataVersionOID="M">{subjects}</ClinicalData>')
    del subjects

    tracemalloc.start()
    study = read_study(path)
    count = sum(1 for _ in study.values())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == study.counts.values == 50_000
    assert most < 10 * 1024**2
