"""Which part of an address names a subscriber's thing: there a reason is asked for and the view is logged (pure).

Neither pages nor the API say so route by route: a route is judged by the names in its path. A name that stands in
neither table keeps the application from starting, so that a route added later cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from crm_core.store.whose import Kind

SUBSCRIBERS: Mapping[str, Kind] = {
    "account_id": Kind.ACCOUNT,
    "customer_id": Kind.CUSTOMER,
    "contact_id": Kind.CONTACT,
    "number_id": Kind.NUMBER,
    "agreement_id": Kind.AGREEMENT,
    "point_id": Kind.POINT,
    "application_id": Kind.APPLICATION,
    "interaction_id": Kind.INTERACTION,
    "task_id": Kind.TASK,
    "meter_id": Kind.METER,
    "premises_id": Kind.PREMISES,
    "recording_id": Kind.RECORDING,
}
"""Names of keys that lead to one subscriber; of several in a path the first of this table counts."""
OTHERS = frozenset({
    "alert_id", "campaign_id", "code", "day", "event_id", "export_id", "field_id", "guide_id", "import_id", "job_id",
    "kind", "move", "offer_id", "rule_id", "schedule_id", "language", "prompt", "row_id", "segment_id", "template_id",
    "suggestion_id", "token", "token_id", "trunk_id", "user_id", "version_id",
    # Parts of what a name above leads to already.
    "document_id", "entry_id", "file_id", "paid_on", "seq",
    # Work that is of one subscriber and came to its place by itself: a reading that a rule held, a wish that waits for
    # a second person, a pair that looks like one customer. It is the reason; what it shows is masked.
    "approval_id", "callback_id", "held_id", "merge_id", "message_id", "pair_id",
    # What is changed by them answers with its own key alone.
    "call_id", "dispute_id", "notice_id", "order_id", "plan_id", "promise_id",
    # Duties towards a person, of which the law is the reason: holds, erasures, answers to subjects.
    "answer_id", "erasure_id", "hold_id",
})  # fmt: skip
"""Names of keys that lead to no single subscriber, or whose page is a reason of its own."""
BY_THEMSELVES: frozenset[tuple[str, str]] = frozenset({
    # The desk's: they ask in the place of the card.
    ("GET", "/api/card/{account_id}"),
    ("GET", "/api/timeline/{account_id}"),
    # Taking a task is what makes it one's own work; both show nothing that the list of tasks does not.
    ("POST", "/office/tasks/{task_id}/steps"),
    ("POST", "/office/tasks/{task_id}/assignment"),
    # Who looked at an account is no part of the account.
    ("GET", "/audit"),
})  # fmt: skip
LISTED: frozenset[str] = frozenset({
    "/office/applications", "/office/approvals", "/office/corrections", "/office/duplicates", "/office/erasures",
    "/office/imports/{import_id}", "/office/merges", "/office/merges/{merge_id}", "/office/readings/held",
    "/office/interactions", "/office/recordings", "/recordings",
    "/office/retention/answers", "/office/retention/holds", "/office/signals/{rule_id}",
    "/office/campaigns/{campaign_id}/ledger", "/campaigns/{campaign_id}/rows", "/office/do-not-call",
    "/office/tasks", "/interactions", "/office/callbacks", "/office/callbacks/messages", "/callbacks",
    "/applications", "/approvals", "/corrections", "/holds", "/imports/{import_id}", "/readings/held",
    "/signal-rules/{rule_id}/hits", "/tasks",
})  # fmt: skip
"""Pages and routes of the API that show a line each of many subscribers: masked as without a reason, and logged."""
SAYING = frozenset({
    "/api/search", "/search", "/office/duplicates/{pair_id}", "/duplicates", "/merges", "/office/segments/{segment_id}",
    "/segments/{segment_id}/members", "/office/audit", "/audit", "/office/alerts", "/alerts",
    "/office/imports/{import_id}/rejected", "/office/imports/{import_id}/kept", "/exports/{export_id}/file/{token}",
    "/office/exports/{export_id}/file/{token}", "/office/campaigns/{campaign_id}/ledger.xlsx",
    "/office/retention/answers/{answer_id}/file",
})  # fmt: skip
"""As `LISTED`; what they log says more than where somebody was, so they do it themselves."""
CHANGED_WHOLE = frozenset({
    Kind.CUSTOMER, Kind.CONTACT, Kind.NUMBER, Kind.AGREEMENT, Kind.POINT, Kind.METER, Kind.PREMISES,
})  # fmt: skip
"""Changing one of these over the API answers with all of it: as good as a look."""
ANSWERING = frozenset({("PUT", "/accounts/{account_id}/fields"), ("PUT", "/accounts/{account_id}/billing")})
"""Changes that are answered with all that stands on the card of that kind."""
_PART = re.compile(r"\{([^}:]+)(?::[^}]+)?\}")


def names(path: str) -> list[str]:
    """Return the names of keys in a route's path."""
    return _PART.findall(path)


def unknown(path: str) -> list[str]:
    """Return the names in a route's path of which nobody has said whether they lead to a subscriber."""
    return [name for name in names(path) if name not in SUBSCRIBERS and name not in OTHERS]


def named(method: str, path: str, given: Iterable[str]) -> str:
    """Return which of the given names leads to a subscriber who must be opened first, "" when none does.

    Args:
        method: of the request.
        path: the route's template.
        given: names of keys that the request gives, in its path or as a filter.

    """
    if (method, path) in BY_THEMSELVES:
        return ""
    there = set(given)
    return next((name for name in SUBSCRIBERS if name in there), "")


def shows(method: str, path: str, name: str) -> bool:
    """Whether an answer of the API shows what a name leads to, and not only what became of a change.

    Args:
        method: of the request.
        path: the route's template.
        name: as `named` returned it.

    """
    if method in {"GET", "HEAD"} or (method, path) in ANSWERING:
        return True
    return SUBSCRIBERS[name] in CHANGED_WHOLE
