"""Codes that refuse something, and the sentence a person reads for each (pure). docs/errors.md lists them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Translate = Callable[[str], str]
"""gettext of one language."""


def N_(text: str) -> str:  # noqa: N802 - the name by which babel finds marked strings
    """Mark a string for translation where it is written, not where it is shown."""
    return text


SENTENCES: Mapping[str, str] = {
    # answers of the floor to a wish
    "too-late": N_("The floor heard this too late, so nothing was done. Try again."),
    "not-signed-in": N_("The floor does not know your desk yet. Wait a second and try again."),
    "on-a-call": N_("Finish the call and close the contact first."),
    "not-in-wrap-up": N_("This contact is not being written up."),
    "no-such-call": N_("There is no such call."),
    "already-extended": N_("The time to write up was extended once already."),
    "switch-refused": N_("The telephone switch refused this. Try again."),
    "switch-not-connected": N_("The link to the telephone switch is down. Calls go on; try again in a moment."),
    "outcome-unknown": N_("The telephone switch did not answer. Look whether it was done before you try again."),
    "extension-taken": N_("Another person is working on your telephone line."),
    # refusals of the workstation itself
    "floor-away": N_("The floor cannot be reached now. Calls go on; try again in a moment."),
    "disposition-first": N_("Choose what the call was about, then close the contact."),
    "not-understood": N_("This page is out of step with the server. Reload it."),
    "bad-sign-in": N_("The login or the password is not right."),
    "too-many-tries": N_("Too many tries. Wait a minute and try again."),
    "too-many-requests": N_("Too many requests at once. Wait a moment and try again."),
    "stale-form": N_("This form is too old. Send it again."),
    "signed-out": N_("You are signed out. Sign in to go on."),
    "forbidden": N_("This page is not for your role."),
    "foreign-origin": N_("This request did not come from our own pages, so it was refused."),
    "wrong-host": N_("This address is not served here."),
    "no-such-page": N_("There is no such page."),
    "no-such-account": N_("There is no such account."),
    "wrong-method": N_("This address does not take that kind of request."),
    "no-extension": N_("You have no telephone line. Ask your administrator for one."),
    "too-large": N_("What was sent is too large."),
    "bad-request": N_("What was sent was not understood."),
    # the customer base
    "database-unavailable": N_("The database does not answer now. Try again in a moment."),
    "database-too-slow": N_("The database is too slow just now. Try again in a moment."),
    "no-such-disposition": N_("Choose a result from the list."),
    "already-closed": N_("Another operator has written this contact up."),
    "bad-value": N_("What was sent cannot be stored."),
    "not-your-contact": N_("This call was at another desk."),
    "card-unavailable": N_("The card cannot be loaded now. Try again in a moment."),
    "internal": N_("Something broke on our side. It was written down; try again."),
    # office and tokens
    "no-such-job": N_("There is no such job."),
    "no-such-token": N_("There is no such token."),
    "key-reused": N_("This idempotency key was used for another request. Choose a new one."),
    "token-without-right": N_("This token does not allow that."),
    "bad-fields": N_("Some fields are not right; nothing was changed."),
    "bad-cursor": N_("This page mark is not of this list. Begin with the first page."),
    "sent-twice": N_("This form was sent already, so it was not sent again."),
    # access and audit
    # the card
    "no-such-customer": N_("There is no such customer."),
    "no-such-contact": N_("That is not there any more: somebody may have ended it."),
    "changed-meanwhile": N_("Somebody else changed this meanwhile. Open it again and compare before you save."),
    # ledger
    # work
    # exchange of files
    # search and duplicates
    "no-such-pair": N_("There is no such pair of customers."),
    "pair-decided": N_("This pair was decided otherwise meanwhile. Look at it again."),
    "no-such-merge": N_("There is no such merge."),
    "never-one": N_("These two are never one customer: a firm and a person, or other tax numbers or birthdays."),
    "already-merged": N_("One of the two was merged into another customer meanwhile."),
    "already-undone": N_("This merge was undone before."),
    "later-merge": N_("A later merge stands on this one. Undo the later one first."),
    # segments, fields, documents
}

RULES: Mapping[str, str] = {
    "not-a-number": N_("This is not a number."),
    "not-a-day": N_("This is not a date."),
    "incomplete": N_("Every register of the meter is needed."),
    "went-down": N_("Lower than the last reading."),
    "too-many-digits": N_("More digits than the meter has."),
    "too-many-decimals": N_("More decimals than the meter shows."),
    "negative": N_("A meter never shows less than zero."),
    "too-high": N_("Far more than usual. Ask the caller to read it again."),
    "too-low": N_("Far less than usual. Ask the caller to read it again."),
    "unchanged": N_("The same value again and again. Ask whether the meter turns."),
    "in-future": N_("This day has not come yet."),
    "before-last-reading": N_("There is a later reading already."),
    "before-installation": N_("The meter was not installed on that day."),
    "meter-removed": N_("The meter was taken away before that day."),
    "unknown-register": N_("This register belongs to another meter. Open the card again."),
}
"""Rules of `crm_core.readings` that hold or refuse a reading."""
UNKNOWN = N_("The floor refused this ({code}).")


def rule_sentence(rule: str, translate: Translate) -> str:
    """Say in the reader's language what a rule objects to in a reading."""
    return translate(RULES[rule]) if rule in RULES else rule


def sentence(code: str, translate: Translate) -> str:
    """Say in the reader's language why something was refused.

    Args:
        code: stable code, see docs/errors.md.
        translate: gettext of the reader's language.

    """
    known = SENTENCES.get(code)
    return translate(known) if known else translate(UNKNOWN).format(code=code)
