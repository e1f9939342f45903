"""Letters and emails: a folder of files becomes comments under their own channel.

Read are plain text, Word documents, emails as files, and PDFs that hold text. What was tried are files made for the tests
with python-docx, Python's own email library and by hand: letters as departments receive them have **not been seen yet**.
A letter is known by its number in the order of the files' names, because people name letters after who wrote them.
"""

import io
import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ExportError
from pipeline.ingest.files import decode
from pipeline.ingest.layouts.export import clean


class Letter(NamedTuple):
    """A letter's id (letter-1, letter-2, ...), its text, and a line for the ledger: its file, and what was not read."""

    id: str
    text: str
    detail: str


class _Unreadable(Exception):
    """Why a file is not read, as the end of a sentence."""


def read_letters(folder: Path) -> list[Letter]:
    """Return the letters of a folder in the order of the files' names.

    Raises ExportError if the folder is missing, or holds a file that is not a letter with text in it, so that none is
    lost; the error counts the files and does not name them, because a file's name may be a person's.
    """
    if not folder.is_dir():
        raise ExportError(f"There is no folder {folder} of letters.")
    letters = []
    for number, path in enumerate(letter_files(folder), start=1):
        try:
            text, unread = _read(path)
        except _Unreadable as why:
            kind = f"a {path.suffix.lower()}" if path.suffix else "without an ending"
            raise ExportError(
                f"{folder}: file {number} in the order of the names ({kind}) {why}; then run again, or move it elsewhere."
            ) from None
        detail = f"{'a letter' if text else 'a file with no text'}: {path.name}"
        letters.append(Letter(f"letter-{number}", text, "; not read: ".join([detail, *filter(None, [unread])])))
    return letters


def letter_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are taken for letters, in the order of their names."""
    paths = [path for path in folder.iterdir() if not path.name.startswith(".") and path.name != "README.md"]
    return sorted(paths, key=lambda path: path.name)


def _read(path: Path) -> tuple[str, str]:
    """Return a file's text, and what in it is not read."""
    read = _READERS.get(path.suffix.lower())
    if read is None or not path.is_file():
        raise _Unreadable(f"is not a letter in a form that is read ({', '.join(_READERS)}); convert it")
    try:
        text, unread = read(path.read_bytes())
    except _Unreadable:
        raise
    except OSError as error:
        raise _Unreadable(f"cannot be read ({error.strerror}); see who may open it") from None
    except Exception:  # what a damaged file makes the libraries raise is no list that anybody keeps
        raise _Unreadable(
            f"cannot be opened as what its ending says; open it, save it again as {path.suffix.lower()} without a password"
        ) from None
    return clean(text), ", ".join(unread)


def _read_text(content: bytes) -> tuple[str, list[str]]:
    try:
        return decode(content, "")[0], []
    except ExportError:
        raise _Unreadable("is not text; save it again as plain text") from None


def _read_word(content: bytes) -> tuple[str, list[str]]:
    """Return the text of a Word document's paragraphs in order, those of its tables, forms and text boxes among them.

    python-docx's own list of paragraphs leaves out forms, text boxes and tracked insertions, which letters have.
    """
    import docx
    from docx.oxml.ns import qn

    body = docx.Document(io.BytesIO(content)).element.body
    marks = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}

    def words(element):
        # Word writes a text box twice; the second, inside 'Fallback', is for programs that do not know the first.
        if not isinstance(element.tag, str) or element.tag.endswith("}Fallback") or element.tag == qn("w:pPr"):
            return
        if element.tag == qn("w:t"):
            yield element.text or ""
        yield marks.get(element.tag, "")
        for child in element:
            yield from words(child)
        if element.tag == qn("w:p"):
            yield "\n"

    text = "".join(words(body)).strip()
    pictures = next(body.iter("{*}pic", "{*}imagedata"), None) is not None
    if pictures and not text:
        raise _Unreadable(
            "holds pictures and no text, so that it is a scan; have it typed or read by a text recogniser"
        )
    notes = next(body.iter(qn("w:footnoteReference"), qn("w:endnoteReference")), None) is not None
    return text, ["pictures"] * pictures + ["footnotes"] * notes


def _read_email(content: bytes) -> tuple[str, list[str]]:
    """Return the plain text of an email's body, quoted replies with it; its sender, recipients and subject are not read."""
    message = message_from_bytes(content, policy=policy.default)
    if not message.keys():
        raise _Unreadable("does not begin as an email does; save it again as .eml, or as .txt")
    texts, unread = [], []
    for part, has_twin in _parts(message):
        kind, name = part.get_content_type(), part.get_filename()
        if kind == "text/plain" and not name and not part.is_attachment():
            texts.append(_body(part))
        elif not (kind == "text/html" and has_twin):  # the same words again, for programs that show HTML
            unread.append(" ".join((name or f"a part of the kind {kind}").split()))
    if not texts:
        raise _Unreadable("is an email without a body in plain text; save it as plain text")
    return "\n".join(texts), unread


def _parts(part, has_twin=False):
    """Yield (part, whether it is one of several forms of the same words) of an email; a message inside it is one part."""
    if part.get_content_maintype() != "multipart":
        yield part, has_twin
        return
    inner = list(part.iter_parts())
    twins = part.get_content_subtype() == "alternative" and any(p.get_content_type() == "text/plain" for p in inner)
    for one in inner:
        yield from _parts(one, has_twin or twins)


def _body(part) -> str:
    """Return a part's text in the character set that it names, or by the rule for files where it is not in that."""
    try:
        text = part.get_content(errors="strict")
    except (LookupError, UnicodeError):
        text = _read_text(part.get_payload(decode=True))[0]
    if part.defects:
        raise _Unreadable("is a damaged email; save it again from the mail program")
    return text


def _read_pdf(content: bytes) -> tuple[str, list[str]]:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(content))
    # Halves of one character, which some PDFs give apart, are joined; a lone half becomes '\ufffd'.
    pages = [
        page.extract_text().encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
        for page in reader.pages
    ]
    if not any(re.search(r"\w", page) for page in pages):
        raise _Unreadable("is a PDF without text, so that it is a scan; have it typed or read by a text recogniser")
    unread = [f"page {number}, which has no text" for number, page in enumerate(pages, start=1) if not page]
    filled_in = any((reader.get_form_text_fields() or {}).values())
    return "\n".join(filter(None, pages)), unread + ["what was filled into the form"] * filled_in


_READERS = {".txt": _read_text, ".md": _read_text, ".docx": _read_word, ".eml": _read_email, ".pdf": _read_pdf}
