"""When a card opens without a word, and when not."""

from __future__ import annotations

import pytest

from crm_core.reasons import Contact, Reason, Viewer, Wanted, is_enough, reason_needed, said

pytestmark = pytest.mark.unit
HIS, OTHERS, UNKNOWN = (
    Contact(call_id="c", account_id=1),
    Contact(call_id="c", account_id=2),
    Contact(call_id="c", account_id=None),
)
SPOKE = Viewer(user_id=7, own_contact=True)
NOBODY, WORKS, SAID = Viewer(user_id=7), Viewer(user_id=7, own_work=True), Viewer(user_id=7, gave_reason=True)


@pytest.mark.parametrize(
    ("viewer", "flags", "contact", "asked"),
    [
        (NOBODY, (), None, True),
        (NOBODY, (), HIS, False),
        (NOBODY, (), OTHERS, False),
        (NOBODY, (), UNKNOWN, False),
        (WORKS, (), None, False),
        (SAID, (), None, False),
        (SPOKE, (), None, False),
        (SPOKE, ("colleague",), None, False),
        (NOBODY, ("vip",), HIS, False),
        (NOBODY, ("vip",), UNKNOWN, False),
        (NOBODY, ("vip",), OTHERS, True),
        (NOBODY, ("colleague",), OTHERS, True),
        (WORKS, ("relative",), None, True),
        (SAID, ("relative",), None, False),
        (NOBODY, ("debt",), OTHERS, False),
    ],
)
def test_a_contact_opens_cards_and_a_guarded_card_only_its_own_contact(
    viewer: Viewer, flags: tuple[str, ...], contact: Contact | None, asked: bool
) -> None:
    assert reason_needed(viewer, Wanted(accounts=frozenset({1}), flags=frozenset(flags)), contact) is asked


def test_some_reasons_need_a_sentence() -> None:
    plain, other = (Reason(code="c", title="C", needs_words=needed) for needed in (False, True))
    assert is_enough(plain, "")
    assert not is_enough(other, " no ")
    assert is_enough(other, "asked by letter")
    assert not is_enough(other, "x" * 400)


def test_a_program_says_a_reason_in_one_line() -> None:
    assert said(" complaint letter of May 3 ") == ("complaint", "letter of May 3")
    assert said("call_back") == ("call_back", "")
    assert said("") == ("", "")
