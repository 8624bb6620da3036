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
    "reason-needed": N_("Open the card and say why first."),
    "too-many-cards": N_("Too many cards were opened from here. Your supervisor was told; ask him to look at it."),
    "too-many-reveals": N_("Too many values were shown in full. Wait a while."),
    "no-such-value": N_("There is no such value on this card any more. Open it again."),
    "no-such-alert": N_("There is no such open alert."),
    "second-person": N_("Somebody else must decide this: who asked, or whom it is about, does not."),
    "on-hold": N_("This cannot be done now: the customer is on legal hold, or it was asked for already."),
    "no-such-hold": N_("There is no such standing hold."),
    "no-such-erasure": N_("There is no such erasure, or it is not where this could be done."),
    "no-such-customer": N_("There is no such customer."),
    "no-such-answer": N_("There is no such answer, or its time is over."),
    "link-over": N_("This link was used, or its time is over. Ask your administrator for another one."),
    "backup-refused": N_("The backup could not be made."),
    "no-such-user": N_("There is no such person."),
    "login-taken": N_("Somebody has this login already."),
    "no-free-extension": N_("Every telephone has an owner."),
    # the card
    "no-such-contact": N_("That is not there any more: somebody may have ended it."),
    "changed-meanwhile": N_("Somebody else changed this meanwhile. Open it again and compare before you save."),
    "tariff-code": N_("A code is Latin letters, digits, dots, hyphens or underscores, at most 20."),
    "tariff-name": N_("A name is needed, at most 100 characters."),
    "tariff-zones": N_("Prices are for the whole day, for day and night, or for peak, half-peak and night."),
    "tariff-price": N_("A price lies between 0 and 99999.9999."),
    "tariff-tiers": N_("Tiers rise, and the last one has no end."),
    "tariff-vat": N_("VAT lies between 0 and 99.99 per cent."),
    "tariff-day": N_("A version begins today or later, and after the one before it."),
    # ledger
    "no-such-held-reading": N_("There is no such held reading."),
    "held-decided": N_("This reading was decided already, or a later one overtook it."),
    "no-such-posting": N_("There is no such entry in the ledger."),
    "reading-refused": N_("A rule refuses this reading; nothing was stored."),
    "payment-amount": N_("A payment is more than nothing, in whole cents."),
    "payment-in-future": N_("A payment cannot have come on a day that has not come yet."),
    "payment-before-account": N_("The account was not open on that day."),
    "direction-unknown": N_("Say for each part of the payment one bill or charge of this account."),
    "direction-amount": N_("Each part of a payment is more than nothing, in whole cents."),
    "direction-above-payment": N_("The parts are more than the payment."),
    "direction-above-open": N_("A part is more than what is open there."),
    "reference-taken": N_("This reference stands for another entry of this account."),
    "reversal-of-reversal": N_("Only a payment that stands can be taken back."),
    "adjustment-kind": N_("This kind is posted by the house itself."),
    "adjustment-amount": N_("An adjustment is more or less than nothing, in whole cents."),
    "adjustment-sign": N_("This kind goes the other way: change the sign."),
    "adjustment-reason": N_("Give a reason."),
    "adjustment-period": N_("That month was not billed."),
    "adjustment-due": N_("It cannot have been due before today."),
    "refund-above-credit": N_("More than the customer has to his credit."),
    "above-limit": N_("Above what one person may post alone: a second person must agree."),
    "back-dated": N_("Dated back further than one person may: a second person must agree."),
    "approval-decided-already": N_("This was decided already."),
    "approval-own": N_("A second person must decide, not the one who asked."),
    "approval-not-yours": N_("Only the one who asked can withdraw it."),
    "dispute-open-already": N_("This bill is in dispute already."),
    "dispute-amount": N_("The disputed amount is between nothing and the bill."),
    "dispute-settled-already": N_("This dispute was settled already."),
    "dispute-credit": N_("The credit is between nothing and what was disputed, and only when the customer was right."),
    "promise-in-past": N_("The promised day has passed. Choose today or a later day."),
    "promise-too-far": N_("The promised day is too far ahead."),
    "promise-of-nothing": N_("Promise an amount above nothing, in whole cents."),
    "promise-above-debt": N_("More is promised than is owed."),
    "promise-open-already": N_("A promise is open already. Put it off or call it off first."),
    "promise-on-dispute": N_("Nothing is promised while a bill is in dispute."),
    "promise-on-bankrupt": N_("Nothing is promised by the bankrupt."),
    "promise-on-deceased": N_("Nothing is promised for the dead."),
    "promise-settled-already": N_("This promise was settled already."),
    "notice-told-already": N_("What became of this notice is known already."),
    "reconnection-above-cap": N_("The rules cap what a reconnection costs."),
    "promise-on-plan": N_("A plan of instalments stands already. Call it off first."),
    "plan-of-nothing": N_("A plan is about an amount above nothing, in whole cents."),
    "plan-above-debt": N_("The plan is about more than is owed."),
    "plan-parts": N_("So many instalments are not possible: from 2 to what the money rules say."),
    "plan-first-day": N_("The first instalment is due today at the earliest, and not later than the money rules say."),
    "plan-open-already": N_("A plan stands already. Call it off first."),
    "plan-on-dispute": N_("No plan is made while a bill is in dispute."),
    "plan-on-bankrupt": N_("No plan is made with the bankrupt."),
    "plan-on-deceased": N_("No plan is made for the dead."),
    "plan-settled-already": N_("This plan was settled already."),
    "restriction-life-support": N_("Supply is never restricted where life depends on it."),
    "restriction-dispute": N_("Supply is not restricted while a bill is in dispute."),
    "restriction-moratorium": N_("Supply is not restricted during a moratorium."),
    "restriction-deceased": N_("The customer has died: supply is not restricted for his debt."),
    "restriction-plan": N_("Supply is not restricted while a plan of instalments stands."),
    "restriction-small-debt": N_("The debt is too small for a restriction."),
    "restriction-not-warned": N_("No warning of restriction has provably arrived since the debt came to be."),
    "restriction-too-early": N_("The time after the warning is not over yet."),
    "restriction-ordered-already": N_(
        "An order stands already. Withdraw it or put the supply back first."
    ),
    "restriction-no-supply": N_("There is no agreement whose supply flows."),
    "restriction-day-past": N_("That day is over. Choose today or a later one."),
    "restriction-out-of-turn": N_("The order is at another place of its life by now."),
    "penalty-nothing": N_("By the rules in force there is no penalty to post."),
    "penalty-on-dispute": N_("No penalty for a bill in dispute."),
    "rules-wrong": N_("These rules cannot be: see the field."),
    "rules-in-past": N_("New rules begin today or later: what was decided stays as it was."),
    # work
    "never-worked": N_("The working week has no hours, so nothing can be due. Set the hours first."),
    "no-such-work": N_("There is nothing under this number any more."),
    "no-such-kind": N_("Choose a kind of application from the list."),
    "work-refused": N_("This cannot be done now."),
    "step-not-now": N_("This is not possible in the present stage. Load the page again."),
    "step-not-yours": N_("Another person has this. Ask him or a supervisor."),
    "task-taken": N_("Another person has taken this already."),
    "reason-missing": N_("Say why: a reason is needed."),
    "result-missing": N_("Say what came of it: a result is needed."),
    "documents-missing": N_("A document that is needed is not attached yet."),
    "fields-missing": N_("Some fields are not right yet; nothing was changed."),
    "comment-empty": N_("There is nothing in the comment."),
    "file-empty": N_("The file is empty."),
    "file-too-large": N_("The file is larger than 10 MB."),
    "file-kind": N_(
        "Files of this kind are not kept. PDF, JPEG, PNG, WEBP, plain text, Word and Excel without macros are."
    ),
    "file-too-many": N_("There are 20 files already."),
    "file-gone": N_("The file is not in its place or was changed. Tell your administrator."),
    "correct-with-reason": N_("This contact is written up. Correct it on its own page, with a reason."),
    "write-up-first": N_("This contact was not written up yet."),
    "four-eyes": N_("A second pair of eyes is needed: you had a part in this contact."),
    "decided-already": N_("Somebody has decided this already."),
    "promise-no-account": N_("Whose promise is it? Open the customer's card first."),
    "preview-first": N_("Look at the preview first, then switch the rule on."),
    "field-required": N_("This is needed."),
    "field-unknown": N_("The form has no such field."),
    "field-too-long": N_("At most {longest} characters."),
    "field-not-number": N_("A number is needed here."),
    "field-not-amount": N_("An amount is needed here, like 1234.50."),
    "field-too-small": N_("At least {least}."),
    "field-too-large": N_("At most {most}."),
    "field-not-date": N_("A date is needed here, like 2026-11-30."),
    "field-not-moment": N_("A day and a time are needed here, like 2026-11-30 09:30."),
    "field-too-early": N_("Not before {earliest}."),
    "field-too-late": N_("Not after {latest}."),
    "field-not-option": N_("Choose one of the list."),
    "field-not-flag": N_("Yes or no."),
    "field-not-phone": N_("This is not a telephone number."),
    "field-not-email": N_("This is not an e-mail address."),
    "field-not-meter": N_("This is not a meter's serial."),
    "field-foreign-meter": N_("This account has no such meter."),
    "field-not-account": N_("There is no such account number."),
    "form-not-list": N_("A list is needed here, not longer than allowed."),
    "form-not-field": N_("This is not a field."),
    "form-bad-code": N_("A code is small Latin letters, digits and _, a letter first, at most 30."),
    "form-bad-kind": N_("Choose one of the values that are known."),
    "form-no-title": N_("A title in English is needed."),
    "form-options": N_("A choice has options, each with a code of its own; other fields have none."),
    "form-bad-limit": N_("This limit makes no sense."),
    "form-code-twice": N_("Two fields have this code."),
    "form-document": N_("A document has a code of its own and a title in English."),
    "form-term": N_("A term is a whole number of minutes, working hours, working days or calendar days."),
    "form-since": N_("Time runs from a field of this form that is a date or a day and time; name its code."),
    "form-not-json": N_("This is not a list that can be read. Look at commas and quotes."),
    "result-bad-code": N_("A result's code is capital Latin letters, digits and _, at most 24."),
    "result-flags": N_("Flags are H, R, C, F and S, each once."),
    "result-retry": N_("A call is tried again after minutes, at most 20 times."),
    "result-system": N_("What the house sets itself stays as it is."),
    "rule-not-rule": N_("This is not a rule."),
    "rule-flag": N_("A mark is small Latin letters and _, at most 12 of them."),
    "rule-protected": N_("Law, money or a person's word stands behind this mark: no rule sets, takes or finds it."),
    "rule-does-nothing": N_("A rule makes a task, sets or takes a mark, or changes the customer's status."),
    "rule-no-owner": N_("A task needs an owner or a team; only a team's tasks can be shared out."),
    "rule-segment": N_("There is no such segment, or it asks for something that is not known any more."),
    # exchange of files
    "no-such-import": N_("There is no such import."),
    "no-such-export": N_("There is no such export, or it is not yours."),
    "import-out-of-turn": N_("This import is at another step now. Look at it again."),
    "export-out-of-turn": N_("This export is at another step now. Look at it again."),
    "undo-too-late": N_("The time in which this import can be taken back is over."),
    "own-export": N_("Whoever asked for an export cannot approve it. Ask a colleague."),
    "link-used": N_("This link was used, or its time is over. Ask for the export again."),
    "file-refused": N_("This file cannot be taken."),
    "no-file": N_("Choose a file first."),
    "export-too-large": N_("This is more than may leave in one file. Choose fewer accounts or a shorter time."),
    "export-grew": N_("There are far more rows by now than were asked for. Ask again."),
    # search and duplicates
    "no-such-pair": N_("There is no such pair of customers."),
    "pair-decided": N_("This pair was decided otherwise meanwhile. Look at it again."),
    "no-such-merge": N_("There is no such merge."),
    "never-one": N_("These two are never one customer: a firm and a person, or other tax numbers or birthdays."),
    "already-merged": N_("One of the two was merged into another customer meanwhile."),
    "already-undone": N_("This merge was undone before."),
    "later-merge": N_("A later merge stands on this one. Undo the later one first."),
    "erasure-runs": N_("One of the two is being forgotten. Nothing is merged until that is over."),
    # segments, fields, documents
    "no-such-field": N_("There is no such field."),
    "field-changed": N_("Somebody else changed this field meanwhile. Open it again."),
    "no-such-segment": N_("There is no such segment."),
    "segment-changed": N_("Somebody else changed this segment meanwhile. Open it again."),
    "segment-broken": N_("This segment asks for something that is not known any more. Open and mend it."),
    "no-such-template": N_("There is no such template."),
    "template-changed": N_("Somebody else changed this template meanwhile. Open it again."),
    "no-such-document": N_("There is no such document on this account."),
    "nothing-owed": N_("This account owes nothing, so there is nothing to write about."),
    # flows of the IVR
    "no-such-flow": N_("There is no such version of the menus, or no such event."),
    "flow-out-of-turn": N_("Somebody else published or discarded a version meanwhile. Look at the list again."),
    # prompts and voices
    "no-such-prompt": N_("There is no such prompt, or no such version of it."),
    "no-voice": N_(
        "This prompt could not be made audible: the synthesiser failed. The log of the web process says why."
    ),
    "prompt-changed": N_("Somebody else changed this prompt meanwhile. Look at it again."),
    # queues and routing rules
    # call-backs
    # transfers and conferences
    # recordings
    # nodes, trunks, endpoints
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
    "outside-window": N_("Given outside the days on which readings are taken."),
    "before-seal": N_("The meter was sealed after that day."),
    "account-closed": N_("The account was closed before that day."),
    "disconnected": N_("Supply is cut off, and yet something was used. Ask for a visit."),
    "other-registers": N_("The new meter must have the registers of the old one."),
    "no-such-meter": N_("This account has no such meter in place."),
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
