"""A document as a page of HTML: for preview, and as the document itself where no font for PDF is there (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from crm_core.documents.blocks import Block, Cell, Heading, Paragraph, Rule, TableBlock

STYLE = (
    "body{font:11pt/1.45 'DejaVu Sans',sans-serif;margin:18mm;color:#111}h1{font-size:17pt;margin:0 0 4mm}"
    "h2{font-size:12pt;margin:7mm 0 2mm}table{border-collapse:collapse;width:100%;margin:2mm 0 4mm}"
    "th,td{text-align:start;padding:1.2mm 2mm;border-bottom:.2mm solid #bbb;vertical-align:top}"
    "thead th{border-bottom-color:#333}tfoot td,tfoot th{font-weight:600;border-bottom:0;border-top:.3mm solid #333}"
    ".number{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}.lead{font-size:14pt}"
    ".small{font-size:9pt;color:#555}header,footer{color:#555;font-size:9pt}"
)


def fragment(blocks: Sequence[Block]) -> str:
    """Return the document's body as HTML; every text is escaped, every tag is ours."""
    return "\n".join(_block(block) for block in blocks)


def whole(blocks: Sequence[Block], *, title: str, language: str, head: str, foot: str) -> str:
    """Return the document as a page that stands by itself."""
    return (
        f'<!doctype html>\n<html lang="{escape(language, quote=True)}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body><header>{escape(head)}</header>\n"
        f"{fragment(blocks)}\n<footer>{escape(foot)}</footer></body></html>\n"
    )


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Paragraph():
            mark = f' class="{block.mark}"' if block.mark else ""
            text = "".join(
                f"<b>{escape(run.text)}</b>" if run.bold else escape(run.text).replace("\n", "<br>")
                for run in block.runs
            )
            return f"<p{mark}>{text}</p>"
        case Rule():
            return "<hr>"
        case TableBlock():
            parts = (("thead", block.head), ("tbody", block.body), ("tfoot", block.foot))
            return "<table>" + "".join(_part(name, rows) for name, rows in parts if rows) + "</table>"


def _part(name: str, rows: Sequence[Sequence[Cell]]) -> str:
    lines = "".join(f"<tr>{''.join(_cell(cell, name) for cell in row)}</tr>" for row in rows)
    return f"<{name}>{lines}</{name}>"


def _cell(cell: Cell, part: str) -> str:
    tag = "th" if part == "thead" else "td"
    text = escape(cell.text).replace("\n", "<br>")
    shown = f"<b>{text}</b>" if cell.bold and part == "tbody" else text
    mark = ' class="number"' if cell.number else ""
    return f"<{tag}{mark}>{shown}</{tag}>"
