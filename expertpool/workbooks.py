"""Looking into an uploaded workbook before a parser does, so that a small file cannot take the memory of the server.

The directory of an archive may lie about the size of what is in it, and one cell in the last row and column makes the
parser reserve room for every cell before it: so everything is unpacked once, counted, and every place of a value is read.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from xml.parsers import expat

MAX_ENTRIES = 200
MAX_UNPACKED = 80 * 1024 * 1024
MAX_ROW = 10_000
MAX_COLUMN = 200
CHUNK = 256 * 1024
PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# The parser tries other formats as well, and each of them has bombs of its own.
OTHER_FORMATS = frozenset({"mimetype", "content.xml", "xl/workbook.bin"})


class UnsafeWorkbook(Exception):
    """The file is no .xlsx workbook that may be parsed; ``code`` is ``unreadable``, ``bomb`` or ``far`` (cells too far out)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_workbook(data: bytes) -> None:
    """Raise :class:`UnsafeWorkbook` unless ``data`` is an .xlsx file of a bearable size, unpacked and as a grid."""
    # A parser looks at the beginning, an archive is read from its end: both must see the same file.
    if not data.startswith(b"PK\x03\x04"):
        raise UnsafeWorkbook("unreadable")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise UnsafeWorkbook("unreadable") from None


def _check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise UnsafeWorkbook("bomb")
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names or names & OTHER_FORMATS or archive.comment:
        raise UnsafeWorkbook("unreadable")
    left = MAX_UNPACKED
    for entry in entries:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnsafeWorkbook("unreadable")
        left -= _check_entry(archive, entry, left)


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> int:
    """How many bytes the entry really holds; it may hold ``most``."""
    said, read = entry.file_size, 0
    # Otherwise reading would stop where the directory says that the entry ends.
    entry.file_size = most + 1
    xml: Callable[[bytes, bool], object] | None = None
    with archive.open(entry) as file:
        while chunk := file.read(CHUNK):
            if not read and _begins_as_xml(chunk):
                xml = _grid_reader()
            read += len(chunk)
            if read > most:
                raise UnsafeWorkbook("bomb")
            _feed(xml, chunk, last=False)
    _feed(xml, b"", last=True)
    if read != said:
        raise UnsafeWorkbook("bomb")
    return read


def _begins_as_xml(chunk: bytes) -> bool:
    return chunk.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")


def _feed(xml: Callable[[bytes, bool], object] | None, chunk: bytes, *, last: bool) -> None:
    if xml is None:
        return
    try:
        xml(chunk, last)
    except expat.ExpatError:
        raise UnsafeWorkbook("unreadable") from None


def _grid_reader() -> Callable[[bytes, bool], object]:
    """A parser of one part that refuses values outside the bearable grid, wherever the part says that they stand."""
    parser = expat.ParserCreate()
    row = column = 0
    in_cell = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, in_cell
        kind = name.rpartition(":")[2]
        if kind == "row":
            row, column = _number(attributes.get("r"), row + 1), 0
        elif kind == "c":
            in_cell = True
            place = PLACE.fullmatch(attributes.get("r", ""))
            column = _column(place[1]) if place else column + 1
            row = int(place[2]) if place else row
        elif in_cell and (row > MAX_ROW or column > MAX_COLUMN):
            raise UnsafeWorkbook("far")

    def end(name: str) -> None:
        nonlocal in_cell
        if name.rpartition(":")[2] == "c":
            in_cell = False

    def refuse_entities(*_given: object) -> None:
        raise UnsafeWorkbook("unreadable")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse_entities
    return parser.Parse


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else otherwise


def _column(letters: str) -> int:
    """A is 1, XFD is 16,384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
