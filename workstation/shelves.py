"""Where files that people attach are kept: under the run folder, by content (shell)."""

from __future__ import annotations

from crm_core.settings import Settings
from crm_core.work.shelf import FolderShelf, Shelf


def shelf(settings: Settings) -> Shelf:
    """Return the shelf of attached files."""
    return FolderShelf(settings.run_dir / "files")
