"""What became of a file (pure)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from crm_core.importing.report import Example


@dataclass(slots=True)
class Outcome:
    """What became of a file."""

    kind: str = ""
    header: list[str] = field(default_factory=list)
    mapping: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    rejected: int = 0
    changed: dict[str, int] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    """Rows rejected and held, by rule."""
    examples: list[Example] = field(default_factory=list)
    report: Path | None = None
    import_id: int | None = None
    repeated: bool = False
    """The very same file is in already, whole."""

    @property
    def counted(self) -> dict[str, int]:
        """What was made, changed or known, as people are told of it."""
        return {name: count for name, count in self.changed.items() if name not in {"", "reject"} and count}

    @property
    def nothing_new(self) -> bool:
        """Whether the base is as it was."""
        return not self.counted.keys() - {"known"}
