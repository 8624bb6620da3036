"""Steps that serve a caller: they tell what is known of his account, do what he asks for (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from ivr.levels import Level
from ivr.step import Code, Name, Rung, Seconds, Step, Tries

NOTHING: frozenset[str] = frozenset()
Fill = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class TellStep(Step):
    """Tell something of the account; who has not proved enough goes to `unverified`."""

    waits: ClassVar[bool] = False
    said: ClassVar[Mapping[str, frozenset[str]]] = {}
    """Ends of its prompts, each with the values that can stand in it."""
    level: Rung = Level.UNKNOWN
    next: Name
    unverified: Name
    failed: Name

    @property
    def prefix(self) -> str:
        """Beginning of its prompts."""
        return str(getattr(self, self.verb))

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """One prompt for each case."""
        return {f"{self.prefix}_{word}": values for word, values in self.said.items()}

    def exits(self) -> tuple[str, ...]:
        """Told, not allowed, base did not answer."""
        return (self.next, self.unverified, self.failed)


class LastReadingStep(TellStep):
    """Say the last reading of each register, and when it was taken."""

    verb: ClassVar[str] = "last_reading"
    last_reading: Name
    said: ClassVar[Mapping[str, frozenset[str]]] = {
        **dict.fromkeys(("single", "day", "night"), frozenset({"digits", "day"})),
        "register": frozenset({"code", "digits", "day"}),
        "none": NOTHING,
    }


class NextDueStep(TellStep):
    """Say until when something must be paid."""

    verb: ClassVar[str] = "next_due"
    next_due: Name
    said: ClassVar[Mapping[str, frozenset[str]]] = {"known": frozenset({"amount", "day"}), "none": NOTHING}


class TariffStep(TellStep):
    """Say what a kilowatt-hour costs."""

    verb: ClassVar[str] = "tariff"
    tariff: Name
    said: ClassVar[Mapping[str, frozenset[str]]] = {
        **dict.fromkeys(("single", "day", "night"), frozenset({"amount"})),
        "register": frozenset({"code", "amount"}),
        "none": NOTHING,
    }


class DebtStep(TellStep):
    """Say what is overdue and how to pay it."""

    verb: ClassVar[str] = "debt"
    debt: Name
    said: ClassVar[Mapping[str, frozenset[str]]] = {
        "overdue": frozenset({"amount"}), "none": NOTHING, "how": NOTHING,
    }  # fmt: skip


STAGES = ("filed", "accepted", "in_work", "waiting", "done", "refused")


class ApplicationStatusStep(TellStep):
    """Say how the newest applications stand; `reopened` ones are in work."""

    verb: ClassVar[str] = "application_status"
    application_status: Name
    said: ClassVar[Mapping[str, frozenset[str]]] = {
        **dict.fromkeys(STAGES, frozenset({"digits", "day"})),
        "due": frozenset({"day"}),
        "none": NOTHING,
    }


class OutageStep(TellStep):
    """Say what is known of the supply at the account's address; the address itself is never said."""

    verb: ClassVar[str] = "outage"
    outage: Name
    said: ClassVar[Mapping[str, frozenset[str]]] = {
        "known": frozenset({"text"}), "until": frozenset({"day", "hour"}), "none": NOTHING,
    }  # fmt: skip


class AnnounceStep(Step):
    """Say every event that this caller is concerned by; with none, say nothing."""

    verb: ClassVar[str] = "announce"
    waits: ClassVar[bool] = False
    announce: Name
    """Prefix of two prompts: `_known` and `_until`."""
    interruptible: bool = True
    next: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """What happened, and until when."""
        return {f"{self.announce}_known": frozenset({"text"}), f"{self.announce}_until": frozenset({"day", "hour"})}

    def exits(self) -> tuple[str, ...]:
        """Go on, in any case."""
        return (self.next,)


class FileStep(Step):
    """File an application of a kind that the office keeps, once the caller says yes to it."""

    verb: ClassVar[str] = "file"
    file: Name
    kind: Code
    """Code of a kind of application (`/office/application-kinds`)."""
    fills: Mapping[Name, Fill] = Field(default_factory=dict)
    """Fields of its form: text as it is, or `$name` for digits that a `collect` put `into` that name.

    A field of the kind `phone` that is not filled is given the number that calls, one of the kind `meter` the only
    meter of the account.
    """
    needs: Literal["application", "meter_request"] = "application"
    level: Rung = Level.UNKNOWN
    tries: Tries = 2
    timeout: Seconds = 6
    next: Name
    unverified: Name
    otherwise: Name
    failed: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """The question, its number and deadline, and that it cannot be filed by telephone."""
        number = frozenset({"digits"})
        return {
            f"{self.file}_ask": NOTHING,
            f"{self.file}_filed": number,
            f"{self.file}_due": frozenset({"day"}),
            f"{self.file}_again": number,
            f"{self.file}_refused": NOTHING,
            "not_heard": NOTHING,
        }

    def exits(self) -> tuple[str, ...]:
        """Filed, not allowed, not wanted or refused, base did not answer."""
        return (self.next, self.unverified, self.otherwise, self.failed)


class RecordStep(Step):
    """Record a message for the operators; it is kept as a file, and somebody gets the task to hear it."""

    verb: ClassVar[str] = "record"
    record: Name
    seconds: int = Field(90, ge=5, le=180)
    silence: int = Field(4, ge=1, le=10)
    """Seconds without a sound that end it."""
    team: Code | None = None
    next: Name
    otherwise: Name
    failed: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """The invitation, that it is kept, and that nothing was heard."""
        return {f"{self.record}_{word}": NOTHING for word in ("ask", "kept", "empty")}

    def exits(self) -> tuple[str, ...]:
        """Kept, nothing said, could not be kept."""
        return (self.next, self.otherwise, self.failed)


class CallbackStep(Step):
    """Offer to call back: at this number or at another one, read back before it is kept."""

    verb: ClassVar[str] = "offer_callback"
    offer_callback: Name
    times: bool = False
    """He may choose the hour, within working time."""
    tries: Tries = 3
    timeout: Seconds = 8
    next: Name
    refused: Name
    otherwise: Name
    failed: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """This number, another one, read back, kept, refused; the hour when it may be chosen."""
        digits, prefix = frozenset({"digits"}), self.offer_callback
        plain = ("number", "wrong", "kept", "refused", *(("when", "hour", "hour_wrong") if self.times else ()))
        return {
            **({f"{prefix}_hour_confirm": frozenset({"day", "hour"})} if self.times else {}),
            f"{prefix}_this": digits,
            f"{prefix}_confirm": digits,
            **{f"{prefix}_{word}": NOTHING for word in plain},
            "not_heard": NOTHING,
        }

    def exits(self) -> tuple[str, ...]:
        """Kept, the house will not call there, not wanted, base did not answer."""
        return (self.next, self.refused, self.otherwise, self.failed)


class SendStep(Step):
    """Put a message into the outbox, for the address that we know: a caller never names another one."""

    verb: ClassVar[str] = "send"
    send: Name
    channel: Literal["sms", "email"]
    what: Literal["balance", "how_to_pay"]
    level: Rung = Level.UNKNOWN
    next: Name
    unverified: Name
    no_address: Name
    failed: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """That it is on its way."""
        return {f"{self.send}_sent": NOTHING}

    def exits(self) -> tuple[str, ...]:
        """Kept for sending, not allowed, no address known, base did not answer."""
        return (self.next, self.unverified, self.no_address, self.failed)


class SurveyStep(Step):
    """Ask for a mark from 1 to 5; silence and wrong keys cost the caller nothing."""

    verb: ClassVar[str] = "survey"
    survey: Name
    question: Code = "service"
    tries: Tries = 2
    timeout: Seconds = 6
    next: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """The question."""
        return {self.survey: NOTHING, "not_understood": NOTHING, "not_heard": NOTHING}

    def exits(self) -> tuple[str, ...]:
        """Go on, with a mark or without."""
        return (self.next,)
