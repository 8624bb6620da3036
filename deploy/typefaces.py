"""The typeface of documents, where the machine has none (shell, standard library only).

It is unpacked like the other parts (ADR 0009). A machine that reaches no archive does without: documents are HTML then,
and the page where they are made says so.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from crm_core.documents import fonts
from deploy import apt, parts
from deploy.folders import ROOT
from deploy.steps import SetUpFailed, Step

PACKAGES = ("fonts-dejavu-core",)
SUITES = ("bookworm", "stable")
LOG = ROOT / ".run" / "log" / "setup-fonts.log"


def step() -> Step | None:
    """Return the step that unpacks the typeface; None when it is here. It does not fail."""
    return None if fonts.find(parts.folder().parent, Path("/")) else Step("Typeface of documents", _unpack)


def _unpack(shown: Step) -> None:
    root = parts.folder() / "fonts"
    for archive in _archives():
        with suppress(SetUpFailed):
            apt.fetch(PACKAGES, root, archive, log=LOG, shown=shown)
            if fonts.find(parts.folder().parent, Path("/")):
                return
    shutil.rmtree(root, ignore_errors=True)
    shown.doing = "none found: documents will be HTML"


def _archives() -> Iterator[apt.Archive]:
    """Return the machine's own archive, then Debian's, which may have to be looked for."""
    for found in (apt.own_archive, lambda: parts.debian(SUITES, log=LOG)):
        if archive := found():
            yield archive
