"""The lives of applications and tasks drawn from their tables (pure). `python -m crm_core.work.diagrams docs/lives`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from crm_core.work.lives import TASK_TRANSITIONS, TRANSITIONS, Stage, TaskState
from telephony.lives import page

SOURCE = "crm_core/work/lives.py"


def pages() -> dict[str, str]:
    """Return the pages of docs/lives by their file names."""
    application: Mapping[tuple[StrEnum, StrEnum], StrEnum] = {
        (before, by): after for (before, by), after in TRANSITIONS.items()
    }
    task: Mapping[tuple[StrEnum, StrEnum], StrEnum] = {
        (before, by): after for (before, by), after in TASK_TRANSITIONS.items()
    }
    return {
        "application.md": page("The life of an application", SOURCE, application, Stage.FILED),
        "task.md": page("The life of a task", SOURCE, task, TaskState.OPEN),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        Path(sys.argv[1], name).write_text(text, encoding="utf-8")
