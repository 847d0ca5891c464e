"""What a file is, is told from what is in it; what is no study is refused with its place."""

import gzip
import io
import zipfile

import pytest

from tests.trials.formats.files import STUDIES, dictionary, item, odm, with_items
from trials.formats import FileRefused, Kind, read_study, recognise
from trials.formats.opening import Limited


def refusal(path):
    with pytest.raises(FileRefused) as caught:
        read_study(path)
    return caught.value.problem


def written(tmp_path, data):
    path = tmp_path / "data.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def zipped(tmp_path, members):
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_the_name_of_a_file_says_nothing(tmp_path):
    odm(tmp_path, "").rename(tmp_path / "data.csv")

    assert recognise(tmp_path / "data.csv") is Kind.ODM_1


def test_redcap_is_known_by_its_namespace(tmp_path):
    path = written(tmp_path, '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org"/>')

    assert recognise(path) is Kind.REDCAP_PROJECT


def test_odm_without_a_namespace_is_read(tmp_path):
    path = written(tmp_path, '<ODM ODMVersion="1.3"><Study OID="S"><MetaDataVersion OID="M"/></Study></ODM>')

    assert read_study(path).study == "S"


def test_a_dictionary_is_known_by_its_columns_whatever_its_first_cell(tmp_path):
    path = dictionary(tmp_path, {})
    path.write_text(path.read_text().replace("Variable / Field Name", "1"))

    assert recognise(path) is Kind.REDCAP_DICTIONARY


def test_a_dictionary_without_known_heads_is_known_by_its_types(tmp_path):
    path = dictionary(tmp_path, {3: "radio", 5: "1, A"}, {}, {3: "calc", 5: "1+1"})
    path.write_text(path.read_text().replace("Form Name", "Formulaire").replace("Field Type", "Type de champ"))

    assert recognise(path) is Kind.REDCAP_DICTIONARY


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_marked_encodings_are_read(tmp_path, encoding):
    text = dictionary(tmp_path, {4: "Größe"}).read_text()
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""

    study = read_study(written(tmp_path, mark + text.encode(encoding)))

    assert study.document["items"][0]["question"] == "Größe"


def test_an_unmarked_encoding_is_not_guessed(tmp_path):
    text = dictionary(tmp_path, {}, {4: "Größe"}).read_text()

    problem = refusal(written(tmp_path, text.encode("latin-1")))

    assert problem.place.startswith("line 3, byte")
    assert "utf-8" in problem.reason


def test_a_declared_encoding_is_used(tmp_path):
    text = with_items(tmp_path, item("A", name="Größe") + item("B")).read_text()
    text = text.replace("encoding='UTF-8'", "encoding='ISO-8859-1'")

    study = read_study(written(tmp_path, text.encode("latin-1")))

    assert study.document["items"][0]["name"] == "Größe"


@pytest.mark.parametrize(
    ("data", "what", "reason"),
    [
        ("", "the file", "empty"),
        (" \n ", "the file", "empty"),
        ("%PDF-1.7", "a PDF file", "no study"),
        ('{"a": 1}', "JSON", "schema"),
        ("[1]", "JSON", "neither"),
        ("a,b,c\n1,2,3\n", "a text", "neither"),
        ("<html><body/></html>", "element html", "not ODM"),
        ("<ODM", "the XML", "no element"),
        ('<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"', "the XML", "no element"),
        ('<ODM xmlns="http://example.org/"/>', "namespace http://example.org/", "1.3"),
        ('<MetaDataVersion xmlns="http://www.cdisc.org/ns/odm/v1.3"/>', "element MetaDataVersion", "piece"),
        (
            '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1"/>',
            "element ODM",
            "Define-XML",
        ),
        ("<?xml version='1.0' encoding='utf-7'?><ODM/>", "encoding utf-7", "UTF-8"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "the spreadsheet", "damaged"),
        (b"\x1f\x8bnothing", "the compressed file", "damaged"),
        (b"PK\x03\x04nothing", "the zip file", "damaged"),
    ],
)
def test_what_is_no_study_is_told_what_it_is(tmp_path, data, what, reason):
    problem = refusal(written(tmp_path, data))

    assert problem.what == what
    assert reason in problem.reason


@pytest.mark.parametrize("start", ["", "<!-- a remark -->\n", "<?xml version='1.0'?>\n\n"])
def test_a_document_type_is_refused_before_anything_is_read(tmp_path, start):
    (tmp_path / "secret").write_text("secret")
    entity = f'<!DOCTYPE ODM [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'

    problem = refusal(written(tmp_path, f'{start}{entity}<ODM Description="&x;"/>'))

    assert problem.place == f"line {start.count(chr(10)) + 1}"
    assert "document type" in problem.what


def test_a_document_type_in_utf_16_is_seen_as_well(tmp_path):
    problem = refusal(written(tmp_path, "<!DOCTYPE ODM><ODM/>".encode("utf-16")))

    assert "document type" in problem.what


def test_a_study_is_read_from_gzip_and_from_a_zip_with_one_file(tmp_path):
    data = with_items(tmp_path, item("A") + item("B")).read_bytes()

    packed = written(tmp_path, gzip.compress(data))
    archive = zipped(tmp_path, {"folder/study": data, "__MACOSX/study": b"x"})

    assert len(read_study(packed).document["items"]) == len(read_study(archive).document["items"]) == 2


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "holds 0"),
        ({"a": b"1", "b": b"2"}, "holds 2: a, b"),
        ({"[Content_Types].xml": b"<x/>"}, "neither a study nor a spreadsheet"),
        ({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}, "It is damaged"),
    ],
)
def test_a_zip_must_hold_one_study(tmp_path, members, reason):
    assert reason in refusal(zipped(tmp_path, members)).reason


def test_too_many_files_in_a_zip_are_not_listed(tmp_path):
    members = {f"m{number}": b"" for number in range(1001)}

    assert "1,000" in refusal(zipped(tmp_path, members)).reason


def test_a_compressed_file_inside_a_compressed_file_is_refused(tmp_path):
    problem = refusal(written(tmp_path, gzip.compress(gzip.compress(b"<ODM/>"))))

    assert problem.what == "a compressed file in a compressed file"


@pytest.mark.slow
@pytest.mark.parametrize("pack", [gzip.compress, None])
def test_a_bomb_is_refused_by_its_ratio(tmp_path, pack):
    body = b'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3"><!--' + b" " * 60_000_000 + b"--></ODM>"

    problem = refusal(written(tmp_path, pack(body)) if pack else zipped(tmp_path, {"study": body}))

    assert "200 times" in problem.reason


@pytest.mark.slow
@pytest.mark.parametrize("length", [100, 20_000, 100_000])
def test_a_compressed_study_that_breaks_off_is_refused(tmp_path, length):
    data = (STUDIES / "openclinica/juno.xml.gz").read_bytes()[:length]

    problem = refusal(written(tmp_path, data))

    assert problem.what == "the compressed file"
    assert problem.place.startswith("byte ")


def test_what_is_too_big_is_refused():
    stream = Limited(io.BytesIO(b"x" * 2000), None, largest=1000)

    with pytest.raises(FileRefused, match="More than 1,000 bytes"):
        stream.read_all(5000)


def test_an_encrypted_zip_is_refused(tmp_path):
    path = zipped(tmp_path, {"study": b"<ODM/>"})
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    path.write_bytes(data)

    assert refusal(path).reason == "It is encrypted."


def test_a_folder_is_refused(tmp_path):
    assert "folder" in refusal(tmp_path).reason
