"""Keys of the desk: what there is to do, its key, and whether a person's own key can be taken (pure).

A key is a place on the keyboard (`KeyboardEvent.code`) with its modifiers, `Alt+Shift+KeyP`: it works in every layout.
Keys without a modifier are few and stay quiet while somebody types (WCAG 2.2, 2.1.4); AltGr is never Alt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from workstation.sentences import N_

PLACES = re.compile(
    r"(?:(Ctrl)\+)?(?:(Alt)\+)?(?:(Shift)\+)?"
    r"(Key[A-Z]|Digit\d|F(?:[1-9]|1[0-2])|Slash|Period|Comma|Semicolon|Quote|Minus|Equal|Enter|Backquote|Bracket(?:Left|Right)"
    r"|Backslash|Insert|Home|End|PageUp|PageDown|Arrow(?:Up|Down|Left|Right))"
)
LONGEST = 40
NOT_OURS = frozenset({"Ctrl+KeyW", "Ctrl+KeyT", "Ctrl+KeyN", "Ctrl+Shift+KeyN", "Ctrl+Shift+KeyW", "F5", "F11", "F12"})
"""The browser takes these for itself before a page hears of them."""
NO_KEY = ""
"""An action that somebody wants no key for."""


class KeyFault(StrEnum):
    """Why a key cannot be taken."""

    UNREADABLE = "unreadable"
    BROWSERS = "browsers"
    PLAIN = "plain"
    """It would be typed."""
    TAKEN = "taken"


FAULTS: Mapping[KeyFault, str] = {
    KeyFault.UNREADABLE: N_("Press a letter, a digit or a function key together with Alt or Ctrl."),
    KeyFault.BROWSERS: N_("The browser keeps this key for itself. Choose another one."),
    KeyFault.PLAIN: N_("A key without Alt or Ctrl would be typed into fields. Add one of them."),
    KeyFault.TAKEN: N_("This key is taken by: {action}."),
}


@dataclass(frozen=True, slots=True)
class KeyAction:
    """Something the desk does, and the key it comes with."""

    code: str
    title: str
    """In English; templates translate it."""
    key: str
    icon: str
    words: str = ""
    """By which the command box finds it too, in English."""
    plain: bool = False
    """It may have a key without a modifier."""


ACTIONS: tuple[KeyAction, ...] = (
    KeyAction("find", N_("Find, or do something"), "Ctrl+KeyK", "search"),
    KeyAction("find_plain", N_("Find a customer"), "Slash", "search", plain=True),
    KeyAction("answer", N_("Answer"), "Alt+KeyA", "phone"),
    KeyAction("hang_up", N_("Hang up or decline"), "Alt+KeyE", "hangup"),
    KeyAction("hold", N_("Hold, go on"), "Alt+KeyH", "pause"),
    KeyAction("mute", N_("Mute, unmute"), "Alt+KeyM", "mic"),
    KeyAction("record", N_("Pause the record, go on"), "Alt+KeyQ", "mic-off"),
    KeyAction("hand", N_("Raise your hand"), "Alt+KeyU", "hand"),
    KeyAction("transfer", N_("Pass on"), "Alt+KeyT", "out", N_("transfer")),
    KeyAction("status", N_("Status"), "Alt+KeyS", "ready", N_("break ready")),
    KeyAction("reading", N_("Take a reading"), "Alt+KeyR", "meter", N_("meter")),
    KeyAction("promise", N_("Promise to pay"), "Alt+KeyP", "coins", N_("pay debt")),
    KeyAction("plan", N_("Paid in parts"), "Alt+Shift+KeyP", "coins", N_("instalments plan")),
    KeyAction("application", N_("File an application"), "Alt+KeyF", "file", N_("request")),
    KeyAction("task", N_("Task that follows"), "Alt+KeyJ", "check", N_("follow-up reminder")),
    KeyAction("contact", N_("Change a contact"), "Alt+KeyC", "person", N_("phone number e-mail people")),
    KeyAction("consent", N_("Consent"), "Alt+Shift+KeyC", "scale", N_("refuses agrees")),
    KeyAction("document", N_("Document"), "Alt+KeyO", "file", N_("certificate statement")),
    KeyAction("notice", N_("Message by SMS or e-mail"), "Alt+KeyL", "mail", N_("notice letter")),
    KeyAction("advice", N_("Do what is advised"), "Alt+KeyG", "bulb", N_("next best action")),
    KeyAction("aside", N_("Put the advice aside"), "Alt+Shift+KeyG", "cross", N_("dismiss")),
    KeyAction("guides", N_("What to say and know"), "Alt+KeyK", "bulb", N_("article script")),
    KeyAction("note", N_("Note"), "Alt+KeyN", "pen"),
    KeyAction("note_text", N_("Text for the note"), "Alt+Shift+KeyN", "copy", N_("template")),
    KeyAction("result", N_("Result"), "Alt+KeyW", "pen", N_("disposition wrap-up")),
    KeyAction("save", N_("Save and finish"), "Ctrl+Enter", "check"),
    KeyAction("telephone", N_("Telephone: devices and echo"), "Alt+KeyB", "phone", N_("headset microphone sound")),
    KeyAction("roster", N_("Work list"), "Alt+KeyX", "check", N_("tasks call-backs applications")),
    KeyAction("directory", N_("Colleagues and numbers"), "Alt+KeyD", "person", N_("directory call speed dial")),
    KeyAction("redial", N_("Call the last one again"), "Alt+Shift+KeyD", "phone", N_("redial")),
    KeyAction("messages", N_("Messages of colleagues"), "Alt+KeyI", "mail", N_("write chat supervisor")),
    KeyAction("keys", N_("Keys"), "Shift+Slash", "help", N_("help shortcuts"), plain=True),
)
KNOWN: Mapping[str, KeyAction] = {one.code: one for one in ACTIONS}


def merged(own: Mapping[str, str]) -> dict[str, str]:
    """Return the key of every action: a person's own where he has one, "" where he wants none."""
    return {one.code: own.get(one.code, one.key) for one in ACTIONS}


def judge(action: str, key: str, own: Mapping[str, str]) -> tuple[KeyFault, str] | None:
    """Say whether an action can have a key.

    Args:
        action: which.
        key: as the page heard it; "" takes the key away.
        own: the person's keys so far.

    Returns:
        None when it can, else why not, with the action that has the key when it is taken.

    """
    if key == NO_KEY:
        return None
    found = PLACES.fullmatch(key) if len(key) <= LONGEST else None
    if found is None or (found[1] and found[2]):
        return KeyFault.UNREADABLE, ""
    if key in NOT_OURS:
        return KeyFault.BROWSERS, ""
    modified = found[1] or found[2] or re.fullmatch(r"F\d+", found[4])
    if not modified and not KNOWN[action].plain:
        return KeyFault.PLAIN, ""
    taken = next((code for code, has in merged(own).items() if has == key and code != action), "")
    if not taken and re.fullmatch(r"Alt\+Digit[1-7]", key):
        taken = "tabs"
    return (KeyFault.TAKEN, taken) if taken else None


def read(stored: object) -> dict[str, str]:
    """Read a person's own keys as they were kept; what is no longer an action is left out."""
    if not isinstance(stored, Mapping):
        return {}
    return {str(code): str(key)[:LONGEST] for code, key in stored.items() if code in KNOWN}


def shown(key: str) -> str:
    """Return a key as people read it: `Alt P`, `Ctrl ⏎`."""
    names = {"Slash": "/", "Enter": "⏎", "Period": ".", "Comma": ",", "Minus": "-", "Equal": "="}
    if key == "Shift+Slash":
        return "?"
    parts = [re.sub(r"^(?:Key|Digit|Arrow)", "", names.get(part, part)) for part in key.split("+") if part]
    return " ".join(parts)
