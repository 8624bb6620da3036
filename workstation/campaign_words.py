"""What people read about campaigns: states, modes, classes, outcomes, reasons, and what is wrong with one (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from outbound.campaign import State, Step
from outbound.terms import Channel, Klass, Mode, Outcome, Reason
from workstation.sentences import N_, Translate

STATES: Mapping[str, str] = {
    State.DRAFT: N_("Draft"),
    State.CHECKED: N_("Checked"),
    State.RUNNING: N_("Running"),
    State.PAUSED: N_("Paused"),
    State.FINISHED: N_("Finished"),
    State.ARCHIVED: N_("Archived"),
}
MOODS: Mapping[str, str] = {State.CHECKED: "accent", State.RUNNING: "good", State.PAUSED: "warn"}
STEPS: Mapping[str, str] = {
    Step.START: N_("Start"),
    Step.PAUSE: N_("Pause"),
    Step.RESUME: N_("Go on"),
    Step.FINISH: N_("Finish"),
    Step.REOPEN: N_("Take up again"),
    Step.ARCHIVE: N_("Archive"),
}
"""Steps that people take by a button; the others happen with what they do."""
MODES: Mapping[str, str] = {
    Mode.MANUAL: N_("By hand: an operator dials"),
    Mode.PREVIEW: N_("Preview: an operator reads first, then it is dialled"),
    Mode.PROGRESSIVE: N_("Progressive: one call for each operator who waits"),
    Mode.PREDICTIVE: N_("Predictive: as many calls as operators will be free for"),
    Mode.NOTICE: N_("Voice notice, without operators"),
    Mode.MESSAGE: N_("Message: SMS or e-mail"),
}
SHORT_MODES: Mapping[str, str] = {
    Mode.MANUAL: N_("Dialled by hand"),
    Mode.PREVIEW: N_("Read first, then dialled"),
    Mode.PROGRESSIVE: N_("Progressive"),
    Mode.PREDICTIVE: N_("Predictive"),
    Mode.NOTICE: N_("Voice notice"),
    Mode.MESSAGE: N_("Message"),
}
CHANNELS: Mapping[str, str] = {Channel.CALL: N_("Call"), Channel.SMS: N_("SMS"), Channel.EMAIL: N_("E-mail")}
COUNTS: Mapping[str, str] = {
    "overdue": N_("What is overdue"),
    "open": N_("All that is open, bills not yet due too"),
}
KLASSES: Mapping[str, str] = {
    Klass.WAITING: N_("Waiting"),
    Klass.IN_WORK: N_("Being called"),
    Klass.REACHED_RIGHT_PARTY: N_("Reached"),
    Klass.REACHED_THIRD_PARTY: N_("Somebody else reached"),
    Klass.NOT_REACHED: N_("Not reached"),
    Klass.BLOCKED_BY_LAW: N_("May not be called"),
    Klass.PAID: N_("Paid"),
    Klass.BAD_NUMBER: N_("No number that works"),
    Klass.REMOVED: N_("Taken off by hand"),
    Klass.EXPIRED: N_("Never tried"),
}
KLASS_MOODS: Mapping[str, str] = {
    Klass.IN_WORK: "accent", Klass.REACHED_RIGHT_PARTY: "good", Klass.PAID: "good", Klass.BLOCKED_BY_LAW: "warn",
    Klass.BAD_NUMBER: "warn", Klass.NOT_REACHED: "bad", Klass.EXPIRED: "bad",
}  # fmt: skip
OUTCOMES: Mapping[str, str] = {
    Outcome.TALKED: N_("Talked with"),
    Outcome.NOTICE_HEARD: N_("Heard the notice"),
    Outcome.NOTICE_CUT: N_("Hung up before the end of the notice"),
    Outcome.ABANDONED: N_("Answered, and no operator was free"),
    Outcome.MACHINE: N_("Answering machine"),
    Outcome.BUSY: N_("Busy"),
    Outcome.NO_ANSWER: N_("No answer"),
    Outcome.REJECTED: N_("Declined"),
    Outcome.BAD_NUMBER: N_("No such number"),
    Outcome.UNREACHABLE: N_("Out of reach"),
    Outcome.CONGESTION: N_("Our trunk was full"),
    Outcome.FAILED: N_("Our side failed"),
    Outcome.CANCELLED: N_("Called off before it was answered"),
    Outcome.UNKNOWN: N_("Nobody knows how it ended"),
    "sent": N_("Sent"),
    "": N_("Open"),
}
REASONS: Mapping[str, str] = {
    Reason.HOURS: N_("It is outside the hours in which he may be called"),
    Reason.HOLIDAY: N_("It is outside the hours of a day off"),
    Reason.ATTEMPTS: N_("He was tried as often as is allowed"),
    Reason.CONVERSATIONS: N_("He was talked with as often as is allowed"),
    Reason.WAITING_TIME: N_("It is too soon after the last talk or abandoned call"),
    Reason.NO_CONSENT: N_("His consent is missing or was withdrawn"),
    Reason.DO_NOT_CALL: N_("He, or his number, is not to be called"),
    Reason.DISPUTE: N_("He disputes the debt"),
    Reason.REPRESENTED: N_("Somebody represents him"),
    Reason.DECEASED: N_("He is dead"),
    Reason.BANKRUPT: N_("He is bankrupt, or a moratorium holds"),
    Reason.LIFE_SUPPORT: N_("A life depends on the supply"),
    Reason.MINOR: N_("He is a minor or under guardianship"),
    Reason.PAID: N_("Nothing is owed any more"),
    Reason.HOLD: N_("A legal hold is on him"),
    Reason.NO_NUMBER: N_("There is no number that works"),
    Reason.WRONG_NUMBER: N_("Somebody else lives at his number"),
    Reason.NUMBER_NOT_ALLOWED: N_("Numbers of this kind are not dialled"),
    Reason.CALLER_ID: N_("The number that would be shown is not one of ours"),
    Reason.BUSY_NOW: N_("A call with him is open"),
    Reason.CAPS: N_("As many calls as may go out have gone out"),
    Reason.CAMPAIGN: N_("The campaign does not work at this time"),
    Reason.ZONE_UNKNOWN: N_("Nobody knows in which time zone he lives"),
    Reason.CHANNEL: N_("The law lets this channel not be used"),
    Reason.UNSETTLED: N_("An earlier call has an unknown end: a person must look"),
}
FAULTS: Mapping[str, str] = {
    "campaign-name-missing": N_("A name is needed here."),
    "campaign-name-taken": N_("Another campaign has this name."),
    "campaign-priority": N_("A whole number from 1 to 9 is needed here."),
    "campaign-channel": N_("Messages go by SMS or e-mail, everything else by telephone."),
    "campaign-message-missing": N_("Write what the message says."),
    "campaign-segment-unknown": N_("Choose a segment of the list."),
    "campaign-feeds-on-nothing": N_("Choose the segment that keeps feeding it."),
    "campaign-counts": N_("Choose one of the list."),
    "campaign-least-debt": N_("An amount above zero is needed here, like 100.00."),
    "campaign-profile-unknown": N_("Choose a contact law of the list."),
    "campaign-ends-before": N_("The last day lies before the first."),
    "campaign-hours": N_("Hours are written like 09:00-18:00, several of a day with a comma between them."),
    "campaign-lines": N_("A whole number from 0 to 1000 is needed here; 0 is no limit of its own."),
    "campaign-caller-id-not-ours": N_("This is no number of our trunks."),
    "campaign-language": N_("Choose a language of the list."),
    "campaign-cap": N_("A share from 0 to 100 per cent is needed here; 0 lets nobody be abandoned."),
    "campaign-grace": N_("From 500 to 10000 thousandths of a second."),
    "campaign-ring": N_("From 5 to 120 seconds."),
    "campaign-read": N_("From 0 to 600 seconds."),
    "campaign-tries": N_("From 1 to 100 attempts."),
    "campaign-skills": N_("At most 20 skills."),
    "campaign-begun": N_("This cannot change any more: the campaign has begun."),
}
"""Codes of `outbound.campaign.Fault`, and what would be right."""
ROW_FAULTS: Mapping[str, str] = {
    "empty": N_("The row names no account."),
    "no-number": N_("This is no account number: ten digits are needed."),
    "check-digit": N_("The check digit does not fit: a digit is wrong."),
    "unknown": N_("There is no such account."),
}
SOURCES: Mapping[str, str] = {"segment": N_("Segment"), "file": N_("File"), "hand": N_("Put in by hand")}


def reasons(codes: Iterable[str], say: Translate) -> str:
    """Return reasons as one text; a code without words stands as it is."""
    return "; ".join(say(REASONS[code]) if code in REASONS else code for code in codes)
