"""Text from outside made fit to store: valid, without NUL, not longer than its column (pure)."""

from __future__ import annotations

import unicodedata


def storable(text: str, most: int) -> str:
    """Return the text without NUL and lone surrogates, which PostgreSQL refuses, cut to `most` characters."""
    return text[: most * 2].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:most]


def one_line(text: str, most: int) -> str:
    """As `storable`, with control and direction-changing characters taken out: for names, codes, log lines."""
    # Cc: control, Cf: format (among them the marks that make text read backwards), Zl and Zp: line breaks.
    shown = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text[: most * 4])
    plain = "".join(sign for sign in shown if unicodedata.category(sign) != "Cf")
    return storable(" ".join(plain.split()), most)
