"""Keys of the desk: each has one action, a person's own is judged."""

from __future__ import annotations

import pytest

from workstation import keymap
from workstation.keymap import KeyFault

pytestmark = pytest.mark.unit


def test_no_two_actions_come_with_one_key_and_each_could_be_chosen() -> None:
    keys = [one.key for one in keymap.ACTIONS]
    assert len(set(keys)) == len(keys)
    assert [one.code for one in keymap.ACTIONS if keymap.judge(one.code, one.key, {}) is not None] == []


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("Alt+KeyY", None),
        ("", None),
        ("F2", None),
        ("KeyY", KeyFault.PLAIN),
        ("Shift+KeyY", KeyFault.PLAIN),
        ("Ctrl+KeyW", KeyFault.BROWSERS),
        ("Ctrl+Alt+KeyY", KeyFault.UNREADABLE),
        ("Alt+<b>", KeyFault.UNREADABLE),
        ("Alt+KeyYY", KeyFault.UNREADABLE),
        ("Alt+KeyR", KeyFault.TAKEN),
        ("Alt+Digit2", KeyFault.TAKEN),
    ],
)
def test_a_person_s_own_key_is_judged(key: str, fault: KeyFault | None) -> None:
    said = keymap.judge("promise", key, {})
    assert (said[0] if said else None) == fault


def test_a_key_that_was_given_away_can_be_taken() -> None:
    assert keymap.judge("promise", "Alt+KeyR", {"reading": "Alt+KeyZ"}) is None
    assert keymap.judge("promise", "Alt+KeyZ", {"reading": "Alt+KeyZ"}) == (KeyFault.TAKEN, "reading")


def test_what_was_kept_is_read_without_trust() -> None:
    assert keymap.read({"promise": "Alt+KeyY", "gone": "Alt+KeyX"}) == {"promise": "Alt+KeyY"}
    assert keymap.read(["nonsense"]) == {}
    assert keymap.read(None) == {}


def test_keys_are_written_for_people() -> None:
    assert [keymap.shown(key) for key in ("Alt+Shift+KeyP", "Ctrl+Enter", "Shift+Slash", "Slash", "F2", "")] == [
        "Alt Shift P", "Ctrl ⏎", "?", "/", "F2", "",
    ]  # fmt: skip
