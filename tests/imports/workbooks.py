"""Writes workbooks as spreadsheet programs do, and as those who mean harm do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
ROOT = (
    f'<Relationships {PACKAGE}><Relationship Id="rId1" Type="{RELATIONS}/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>'
)
STYLES = f"""<styleSheet {MAIN}><numFmts>
<numFmt numFmtId="164" formatCode="[$-407]d. mmm yyyy"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="2"/></cellXfs>
</styleSheet>"""


def workbook(
    sheets: dict[str, str],
    *,
    shared: Sequence[str] = (),
    hidden: Sequence[str] = (),
    extra: str = "",
) -> bytes:
    """Write a workbook of sheets whose rows are given as XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr("_rels/.rels", ROOT)
        named = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"'
            f"{' state=' + chr(34) + 'hidden' + chr(34) if name in hidden else ''}/>"
            for n, name in enumerate(sheets, 1)
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook {MAIN} xmlns:r="{RELATIONS}">{extra}<sheets>{named}</sheets></workbook>',
        )
        relations = "".join(
            f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet"'
            f' Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels", f"<Relationships {PACKAGE}>{relations}</Relationships>"
        )
        file.writestr("xl/styles.xml", STYLES)
        if shared:
            texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
            file.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{texts}</sst>")
        for n, rows in enumerate(sheets.values(), 1):
            sheet = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
            file.writestr(f"xl/worksheets/sheet{n}.xml", sheet)
    return out.getvalue()


def row(number: int, *cells: str) -> str:
    """Write a row of texts, kept in the cells themselves."""
    written = "".join(
        f'<c r="{chr(65 + n)}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        for n, cell in enumerate(cells)
        if cell
    )
    return f'<row r="{number}">{written}</row>'


def bomb() -> bytes:
    """Write a workbook of a few hundred kilobytes that unpacks to gigabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr("_rels/.rels", ROOT)
        file.writestr(
            "xl/workbook.xml",
            f'<workbook {MAIN} xmlns:r="{RELATIONS}">'
            '<sheets><sheet name="A" r:id="a"/></sheets></workbook>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="a" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        with file.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f"<worksheet {MAIN}><sheetData><row><c t='inlineStr'><is><t>".encode())
            for _ in range(60):
                sheet.write(b"A" * 1_000_000)
    return out.getvalue()
