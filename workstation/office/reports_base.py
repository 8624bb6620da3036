"""What pages of reports share: words, rights, the values of a drawn answer, a file handed over (shell)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.responses import Response

from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.reports.terms import Answer
from crm_core.store.report_sources import ANSWERED
from workstation import report_asks, report_charts, report_files, report_words, reporting
from workstation.access import Person
from workstation.deps import Parts
from workstation.office.base import words
from workstation.report_words import Words
from workstation.reporting import Shown
from workstation.taking_out import LEAST_REASON


def words_of(request: Request, parts: Parts, who: Person) -> Words:
    """Return what reports are told with in somebody's language."""
    return Words(words(request, who), parts.templates.formats(who.language))


def rights(who: Person) -> dict[str, bool]:
    """Return what somebody may do with reports."""
    return {
        "designs": role_may(who.role, Action.DESIGN_REPORTS),
        "shares": role_may(who.role, Action.SHARE_REPORTS),
        "schedules": role_may(who.role, Action.SCHEDULE_REPORTS),
        "exports": role_may(who.role, Action.EXPORT_REPORTS),
        "opens": role_may(who.role, Action.SEE_CARD),
    }


def drawn(request: Request, parts: Parts, who: Person, shown: Shown, answer: Answer | None) -> dict[str, Any]:
    """Return what a report's templates show."""
    said = words_of(request, parts, who)
    subject = ANSWERED[shown.query.subject]
    values: dict[str, Any] = {
        "shown": shown,
        "subject": subject,
        "answer": answer,
        "said": said,
        "asks": report_asks,
        "periods": [(code, said.say(report_words.PERIODS[code])) for code in reporting.named_periods()],
        "comparisons": [(code, said.say(text)) for code, text in report_words.COMPARISONS.items()],
        "operations": [(code, said.say(text)) for code, text in report_words.OPERATIONS.items()],
        "dimensions": [(one.name, said.say(one.title)) for one in subject.dimensions.values()],
        "place": f"/office/reports/{shown.code}",
        "forms": report_files.forms(parts.settings),
        "least_reason": LEAST_REASON,
        **rights(who),
    }
    if answer is not None:
        values |= {
            "rows": said.rows(answer, shown.query),
            "totals": said.totals(answer, shown.query),
            "chart": report_charts.chart(answer, shown.chart),
            "measures": [column for column in answer.columns if column.kind == "measure"],
        }
    return values


def handed(path: Path, name: str) -> Response:
    """Hand a file over and delete it; its name is of our own making (RFC 6266)."""
    data = path.read_bytes()
    path.unlink(missing_ok=True)
    headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
    return Response(data, media_type=report_files.TYPES[path.suffix[1:]], headers=headers)
