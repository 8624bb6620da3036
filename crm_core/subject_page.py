"""An answer to a subscriber as one readable page: everything known of him, table by table (pure)."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

STYLE = (
    "body{font:14px/1.5 sans-serif;margin:2rem;color:#1c2330}table{border-collapse:collapse;margin-bottom:2rem}"
    "th,td{border:1px solid #c8ced8;padding:.25rem .5rem;text-align:start;vertical-align:top}th{background:#eef1f5}"
)


def page(title: str, parts: Mapping[str, Sequence[Mapping[str, object]]]) -> str:
    """Return the page; everything of the base is escaped.

    Args:
        title: stands above it.
        parts: rows by the name of what they are.

    """
    body = "".join(_part(name, rows) for name, rows in parts.items() if rows)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style>'
        f"</head><body><h1>{html.escape(title)}</h1>{body}</body></html>"
    )


def _part(name: str, rows: Sequence[Mapping[str, object]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    lines = "".join("<tr>" + "".join(f"<td>{_cell(row.get(one))}</td>" for one in columns) + "</tr>" for row in rows)
    heading = f"<h2>{html.escape(name)} ({len(rows)})</h2>"
    return f"{heading}<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(value: object) -> str:
    return "" if value is None else html.escape(str(value))
