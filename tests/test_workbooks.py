"""Workbooks that would take the server's memory, and those that must pass."""

import io
import struct
import zipfile

import openpyxl
import pytest

from expertpool import workbooks
from expertpool.workbooks import UnsafeWorkbook, check_workbook

SHEET = "xl/worksheets/sheet1.xml"


def workbook(**cells: str) -> bytes:
    book = openpyxl.Workbook()
    for place, value in cells.items():
        book.active[place] = value
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rewritten(data: bytes, change=None, **added: bytes) -> bytes:
    """The archive with its sheet's text changed and parts added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            text = old.read(entry)
            new.writestr(entry.filename, change(text) if change and entry.filename == SHEET else text)
        for name, text in added.items():
            new.writestr(name.replace("__", "/").replace("_", "."), text)
    return buffer.getvalue()


def code_of(data: bytes) -> str:
    with pytest.raises(UnsafeWorkbook) as caught:
        check_workbook(data)
    return caught.value.code


def test_an_ordinary_workbook_passes():
    check_workbook(workbook(A1="姓名", B2="张三", CV500="末"))


def test_formats_without_values_far_out_are_no_cells():
    check_workbook(
        rewritten(workbook(A1="x"), lambda text: text.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"/></row></sheetData>'))
    )


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "XFD1"])
def test_a_value_far_out_is_refused(place):
    assert code_of(workbook(A1="x", **{place: "y"})) == "far"


@pytest.mark.parametrize(
    "written",
    [
        b'<row r="1048576"><c t="inlineStr"><is><t>y</t></is></c></row>',
        b"<row r='2'><c r='&#88;FD1048576'><v>1</v></c></row>",
        b"<row>" + b"<c/>" * 300 + b"<c><v>1</v></c></row>",
        b'<x:row xmlns:x="x" r="1048576"><x:c><x:v>1</x:v></x:c></x:row>',
    ],
)
def test_however_its_place_is_written(written):
    assert code_of(rewritten(workbook(A1="x"), lambda text: text.replace(b"</sheetData>", written + b"</sheetData>"))) == "far"


def test_a_directory_that_lies_about_sizes_is_refused():
    big = b"<sst>" + b"a" * 5_000_000 + b"</sst>"
    data = bytearray(rewritten(workbook(A1="x"), xl__media__big_xml=big))
    said = struct.pack("<I", len(big))
    while (found := data.find(said)) >= 0:
        data[found : found + 4] = struct.pack("<I", 100)
    assert code_of(bytes(data)) in {"bomb", "unreadable"}


def test_what_unpacks_into_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 100_000)
    assert code_of(rewritten(workbook(A1="x"), xl__big_bin=b"\0" * 200_000)) == "bomb"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        b"\xd0\xcf\x11\xe0" + workbook(A1="x"),
        rewritten(workbook(A1="x"), content_xml=b"<a/>"),
        rewritten(workbook(A1="x"), xl__workbook_bin=b"x"),
        rewritten(workbook(A1="x"), lambda text: b'<!DOCTYPE a [<!ENTITY b "c">]>' + text),
        rewritten(workbook(A1="x"), lambda text: text[:-20]),
    ],
    ids=["empty", "text", "two files in one", "ods", "xlsb", "entities", "cut off"],
)
def test_what_is_no_plain_xlsx_is_refused(data):
    assert code_of(data) == "unreadable"
