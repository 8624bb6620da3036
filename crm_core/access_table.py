"""The matrix of rights as tables: for docs/SECURITY.md and for the page that shows it (pure)."""

from __future__ import annotations

from crm_core.access import ALLOWED, SIGHTS, Action, Field, Role, Sight, may

BEGIN = "<!-- the matrix: written by `busbar access --write`, held by tests/crm_core/test_access_table.py -->"
END = "<!-- end of the matrix -->"
SHOWN = {Sight.FULL: "full", Sight.WITH_REASON: "with a reason", Sight.MASKED: "masked"}


def markdown() -> str:
    """Return both tables, roles by actions and roles by fields, between their marks."""
    heads = " | ".join(role.value for role in Role)
    rule = "---|" * (len(Role) + 1)
    actions = [f"| `{action.value}` | {_row(action)} |" for action in Action]
    fields = [f"| {field.value} | {_sights(field)} |" for field in Field]
    lines = [
        BEGIN,
        "### Roles by actions",
        f"| action | {heads} |",
        f"|{rule}",
        *actions,
        "",
        "### Roles by fields",
        f"| field | {heads} |",
        f"|{rule}",
        *fields,
        END,
    ]
    return "\n".join(lines)


def written_into(page: str) -> str:
    """Return a page with the tables of today in the place of those between the marks.

    Raises:
        ValueError: the page has no such place.

    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no place for the matrix: {BEGIN}")
    return before + markdown() + after


def actions_of(role: Role) -> list[Action]:
    """Return what a role may do, in the order of the table."""
    return [action for action in Action if action in ALLOWED[role]]


def _row(action: Action) -> str:
    return " | ".join("yes" if may(role, action) else "" for role in Role)


def _sights(field: Field) -> str:
    return " | ".join(SHOWN[SIGHTS[role][field]] for role in Role)
