"""The lives of money and of held readings, drawn from their tables for docs/lives (pure).

`python -m crm_core.ledger.lives` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from crm_core import held
from crm_core.ledger import approvals, disputes, notices, orders, plans, promises
from telephony.lives import page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "lives"
S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


def _plain(table: Mapping[tuple[S, E], S]) -> dict[tuple[StrEnum, StrEnum], StrEnum]:
    return {(before, event): after for (before, event), after in table.items()}


def pages() -> dict[str, str]:
    """Return every page by its file's name."""
    return {
        "promise.md": page(
            "The life of a promise to pay", "crm_core/ledger/promises.py", _plain(promises.TRANSITIONS),
            promises.PromiseState.OPEN,
        ),
        "plan.md": page(
            "The life of a plan of instalments", "crm_core/ledger/plans.py", _plain(plans.TRANSITIONS),
            plans.PlanState.OPEN,
        ),
        "dispute.md": page(
            "The life of a dispute", "crm_core/ledger/disputes.py", _plain(disputes.TRANSITIONS),
            disputes.DisputeState.OPEN,
        ),
        "approval.md": page(
            "The life of what waits for a second person", "crm_core/ledger/approvals.py", _plain(approvals.TRANSITIONS),
            approvals.ApprovalState.WAITING,
        ),
        "restriction-order.md": page(
            "The life of an order to restrict supply", "crm_core/ledger/orders.py", _plain(orders.TRANSITIONS),
            orders.OrderState.GIVEN,
        ),
        "notice.md": page(
            "The life of a notice", "crm_core/ledger/notices.py", _plain(notices.TRANSITIONS),
            notices.NoticeState.SENT,
        ),
        "held-reading.md": page(
            "The life of a held reading", "crm_core/held.py", _plain(held.TRANSITIONS), held.HeldState.WAITING
        ),
    }  # fmt: skip


if __name__ == "__main__":
    for file, text in pages().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
