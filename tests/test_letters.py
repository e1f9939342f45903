"""Letters: each kind of file gives its words, says what was left out, and keeps its writer's name out of the tables."""

import io
import stat
from email.message import EmailMessage

import docx
import pytest
from docx.oxml import parse_xml
from pypdf import PdfReader, PdfWriter

from pipeline import read_consultation, read_responses
from pipeline.cli import main
from pipeline.errors import ExportError
from pipeline.ingest.letters import read_letters
from pipeline.outcome.disclosure import publishable
from pipeline.outcome.outcomes import summarise
from pipeline.themes.coding import code_responses

from .conftest import WITH_LETTERS, row

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
PICTURE = bytes.fromhex(  # one white dot
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000" "3a7e9b55"
    "0000000a49444154789c63f80f00010101" "001bb6ee56" "0000000049454e44ae426082"
)  # fmt: skip


@pytest.fixture
def letters(tmp_path):
    """Return a function that writes files (name -> content) into a folder and reads them as letters."""

    def read(**files):
        folder = tmp_path / "letters"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            (folder / name.replace("__", ".")).write_bytes(content)
        return read_letters(folder)

    return read


def word(*paragraphs, picture=False):
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if picture:
        document.add_picture(io.BytesIO(PICTURE))
    return document


def saved(document):
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def pdf(*pages):
    """A PDF with a line of text on each page, '' for a page with none."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else "0 0 100 100 re f"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>"
    return out + f"{end}\nstartxref\n{len(out)}\n%%EOF\n".encode()


def email(body="We agree.\n\n> On Monday you wrote:\n> do you?", **headers):
    message = EmailMessage()
    message["From"], message["To"] = "Jo Smith <jo@example.org>", "Ann Other <ann@example.org>"
    message["Subject"] = "From Jo about care"
    for name, value in headers.items():
        message[name] = value
    if body is not None:
        message.set_content(body)
    return message


def test_letters_are_numbered_in_the_order_of_their_files_names(letters):
    found = letters(smith__txt="second", Brown__md="first", zed__txt=" ", README__md="no letter")
    assert [tuple(letter) for letter in found] == [
        ("letter-1", "first", "a letter: Brown.md"),
        ("letter-2", "second", "a letter: smith.txt"),
        ("letter-3", "", "a file with no text: zed.txt"),
    ]


# --- Word ----------------------------------------------------------------------------------------------------------


def test_a_word_document_gives_its_paragraphs_and_tables_in_order(letters):
    document = word("Dear all,")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Timing", "January\tis fine"
    document.add_paragraph("Yours\nJo")
    (letter,) = letters(a__docx=saved(document))
    assert letter.text == "Dear all,\nTiming\nJanuary\tis fine\nYours\nJo"
    assert letter.detail == "a letter: a.docx"


def test_forms_insertions_and_text_boxes_are_read_once_and_deletions_not_at_all(letters):
    document = word("One.")
    body = document.element.body
    twice = f"<w:p {WORD}><w:r><w:t>box</w:t></w:r></w:p>"
    for number, xml in enumerate(
        (
            f"<w:sdt {WORD}><w:sdtContent><w:p><w:r><w:t>form</w:t></w:r></w:p></w:sdtContent></w:sdt>",
            f"<w:p {WORD}><w:ins><w:r><w:t>put in</w:t></w:r></w:ins>"
            "<w:del><w:r><w:delText>out</w:delText></w:r></w:del></w:p>",
            f'<w:p {WORD} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:r><mc:AlternateContent>'
            f'<mc:Choice Requires="wps"><w:txbxContent>{twice}</w:txbxContent></mc:Choice>'
            f"<mc:Fallback><w:txbxContent>{twice}</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>",
        ),
        start=1,
    ):
        body.insert(number, parse_xml(xml))
    (letter,) = letters(a__docx=saved(document))
    assert letter.text.split() == ["One.", "form", "put", "in", "box"]


def test_pictures_and_footnotes_of_a_word_document_are_named_as_not_read(letters):
    document = word("One.", picture=True)
    document.paragraphs[0].runs[0]._r.append(parse_xml(f'<w:footnoteReference {WORD} w:id="1"/>'))
    (letter,) = letters(a__docx=saved(document))
    assert letter.detail == "a letter: a.docx; not read: pictures, footnotes"


def test_a_word_document_of_pictures_alone_is_refused_as_a_scan(letters):
    with pytest.raises(ExportError, match="holds pictures and no text, so that it is a scan"):
        letters(a__docx=saved(word(picture=True)))


# --- Email ---------------------------------------------------------------------------------------------------------


def test_an_email_gives_its_body_with_quoted_replies_and_nothing_of_its_head(letters):
    (letter,) = letters(a__eml=email(Cc="Kim <kim@example.org>").as_bytes())
    assert letter.text == "We agree.\n\n> On Monday you wrote:\n> do you?"
    assert letter.detail == "a letter: a.eml"


def test_attachments_are_named_and_not_read_and_the_html_twin_is_passed_over(letters):
    message = email("We agree.")
    message.add_alternative("<p>We agree.</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="our views.pdf")
    message.add_attachment("secret text", filename="notes.txt")
    message.add_attachment(email("forwarded words"))
    (letter,) = letters(a__eml=message.as_bytes())
    assert letter.text == "We agree."
    assert letter.detail == "a letter: a.eml; not read: our views.pdf, notes.txt, a part of the kind message/rfc822"


def test_a_body_in_two_parts_around_a_picture_is_read_whole(letters):
    message = email(None)
    message.make_mixed()
    for text in ("Before.", "After."):
        part = EmailMessage()
        part.set_content(text)
        message.attach(part)
    (letter,) = letters(a__eml=message.as_bytes())
    assert letter.text.split() == ["Before.", "After."]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "no-such-set", "us-ascii"])
def test_pounds_survive_whatever_the_email_says_of_its_characters(letters, charset):
    body = "£5 and café".encode("iso-8859-1" if charset == "iso-8859-1" else "utf-8")
    head = (
        f"From: a@example.org\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    (letter,) = letters(a__eml=head.encode() + body)
    assert letter.text == "£5 and café"


def test_an_email_without_plain_text_and_a_file_that_is_no_email_are_refused(letters):
    message = email(None)
    message.set_content("<p>We agree.</p>", subtype="html")
    with pytest.raises(
        ExportError, match=r"file 1 in the order of the names \(a \.eml\) is an email without a body in plain"
    ):
        letters(a__eml=message.as_bytes())
    with pytest.raises(ExportError, match="does not begin as an email does"):
        letters(a__eml="\njust words")


def test_an_email_whose_text_is_damaged_is_refused(letters):
    head = "From: a@example.org\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    with pytest.raises(ExportError, match="is a damaged email"):
        letters(a__eml=head + "V2UgYWdyZWU")


# --- PDF -----------------------------------------------------------------------------------------------------------


def test_a_pdf_gives_the_text_of_its_pages_and_names_those_without(letters):
    (letter,) = letters(a__pdf=pdf("We agree.", "", "All of us."))
    assert letter.text == "We agree.\nAll of us."
    assert letter.detail == "a letter: a.pdf; not read: page 2, which has no text"


def test_a_pdf_without_text_is_refused_as_a_scan(letters):
    with pytest.raises(
        ExportError, match=r"file 1 in the order of the names \(a \.pdf\) is a PDF without text, so that it is a scan"
    ):
        letters(a__pdf=pdf("", ""))


def test_a_pdf_with_a_password_is_refused(letters):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("We agree."))))
    writer.encrypt("secret", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    with pytest.raises(ExportError, match="save it again as .pdf without a password"):
        letters(a__pdf=file.getvalue())


# --- What is no letter, and whose name it bears --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["jo-smith__docx", "jo-smith__pdf", "jo-smith__txt", "jo-smith__doc", "jo-smith"])
def test_what_cannot_be_read_is_refused_by_its_number_and_not_by_its_name(letters, name):
    with pytest.raises(ExportError, match="file 2 in the order of the names") as refused:
        letters(**{"a__txt": "food", name: b"\x00\x81 broken"})
    assert "smith" not in str(refused.value)


def test_a_name_in_a_files_name_stands_in_the_working_ledger_alone(small, tmp_path):
    folder = small(row("1", why="food"), definition=WITH_LETTERS)
    (folder / "letters").mkdir()
    (folder / "letters" / "zoe-quillfeather.eml").write_bytes(email("food and sleep").as_bytes())
    (folder / "letters" / "b.txt").write_text("sleep")
    consultation = read_consultation(folder)
    responses = read_responses(consultation)
    assert responses.comments["respondent"].tolist() == ["1", "letters/letter-1", "letters/letter-2"]
    assert responses.ledger["detail"].tolist() == ["", "a letter: b.txt", "a letter: zoe-quillfeather.eml"]
    outcome = summarise(consultation, responses, code_responses(consultation, responses.comments, {}))
    assert not publishable(outcome).responses.ledger["detail"].any()
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 0
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file() and path.name != "ledger.csv":
            assert b"quillfeather" not in path.read_bytes() and b"jo@example" not in path.read_bytes(), path.name
    assert stat.S_IMODE((tmp_path / "out" / "working" / "ledger.csv").stat().st_mode) == 0o600
