"""What pages say of processes: whose a step is, what is wrong, a process as lines, as what can be drawn (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm_core.access import Role
from crm_core.processes.checking import Fault, Finding
from crm_core.processes.process import Condition, Moment, Owner, OwnerKind, Process, Step, Way, When, Whom
from crm_core.processes.suggestions import SuggestionState, SuggestionStep
from crm_core.work.fields import named
from crm_core.work.sla import Unit
from workstation.sentences import N_, Translate

Said = tuple[str, str, str]
"""Words, mood of the badge, icon."""
FAULTS: Mapping[Fault, str] = {
    Fault.NO_SUCH_STEP: N_("{step} leads to {detail}, and there is no such step."),
    Fault.UNREACHABLE: N_("{step}: no way leads here. Lead a step to it or take it out."),
    Fault.DEAD_END: N_("{step} leads nowhere. Give it a way, or let applications be done from it."),
    Fault.NO_EXIT: N_("{step}: from here the process never ends. Lead it to a step applications are done from."),
    Fault.MAY_STICK: N_("{step}: with some forms no way is open. Add a way without a condition, or one for the rest."),
    Fault.IDLE_ELSE: N_("{step}: a way for the rest needs another one with a condition."),
    Fault.TO_ITSELF: N_("{step} leads to itself."),
    Fault.NO_SUCH_OWNER: N_("{step}: nobody can be given it: {detail} is not here or does not work on applications."),
    Fault.NO_SUCH_FIELD: N_("{step}: the form has no field {detail}."),
    Fault.NO_SUCH_PAPER: N_("{step}: the kind has no document {detail}."),
    Fault.NOT_COMPARABLE: N_("{step}: {detail} is no number and no day, so it is never less or more."),
    Fault.NOT_A_VALUE: N_("{step}: the field can never hold {detail}."),
}
ROLES: Mapping[str, str] = {
    Role.OPERATOR: N_("any operator"),
    Role.SUPERVISOR: N_("any supervisor"),
    Role.MANAGER: N_("any manager"),
}
SAME, FILER = N_("who has the application"), N_("who filed the application")
UNITS: Mapping[Unit, str] = {
    Unit.MINUTES: N_("minutes by the clock"),
    Unit.WORKING_HOURS: N_("working hours"),
    Unit.WORKING_DAYS: N_("working days"),
    Unit.CALENDAR_DAYS: N_("calendar days"),
}
OTHERWISE, IF = N_("otherwise"), N_("if {field} {op} {value}")
OWNER, LIMIT, NEEDS, PAPERS = N_("whose: {value}"), N_("limit: {value}"), N_("fields: {value}"), N_("files: {value}")
WAY, LAST, TOLD, WRITTEN = N_("way: {value}"), N_("done from here"), N_("told: {value}"), N_("message: {value}")
TELLINGS: Mapping[tuple[Moment, Whom], str] = {
    (Moment.ENTRY, Whom.OWNER): N_("at its beginning: whose it is"),
    (Moment.ENTRY, Whom.LEAD): N_("at its beginning: the supervisor"),
    (Moment.ENTRY, Whom.FILER): N_("at its beginning: who filed it"),
    (Moment.SOON, Whom.OWNER): N_("near the limit: whose it is"),
    (Moment.SOON, Whom.LEAD): N_("near the limit: the supervisor"),
    (Moment.LATE, Whom.FILER): N_("late: who filed it"),
}
"""What may be chosen; who is late hears of it in any case, and so does his supervisor."""
STATES: Mapping[SuggestionState, Said] = {
    SuggestionState.OPEN: (N_("Suggested"), "accent", "bulb"),
    SuggestionState.ACCEPTED: (N_("Accepted, will come"), "good", "check"),
    SuggestionState.DECLINED: (N_("Declined"), "bad", "cross"),
    SuggestionState.WITHDRAWN: (N_("Withdrawn"), "", "back"),
    SuggestionState.TAKEN_UP: (N_("Taken up"), "good", "star"),
}
STEPS: Mapping[SuggestionStep, Said] = {
    SuggestionStep.ACCEPT: (N_("Accept"), "strong", "check"),
    SuggestionStep.DECLINE: (N_("Decline"), "", "cross"),
    SuggestionStep.WITHDRAW: (N_("Take back"), "", "back"),
    SuggestionStep.REOPEN: (N_("Open again"), "", "rejoin"),
}
"""What a button can do; taking up is done by publishing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What codes of a process are called, in the reader's language."""

    language: str
    translate: Translate
    teams: Mapping[str, str]
    people: Mapping[str, str]
    fields: Mapping[str, str]
    papers: Mapping[str, str]


def finding(one: Finding, process: Process, names: Names) -> str:
    """Say one thing that is wrong."""
    step = process.step(one.step)
    title = named(step.titles, names.language) if step else one.step
    return names.translate(FAULTS[one.fault]).format(step=title, detail=one.detail)


def owner(one: Owner, names: Names) -> str:
    """Say whose a step is."""
    match one.kind:
        case OwnerKind.SAME:
            return names.translate(SAME)
        case OwnerKind.FILER:
            return names.translate(FILER)
        case OwnerKind.TEAM:
            return names.teams.get(one.name, one.name)
        case OwnerKind.ROLE:
            return names.translate(ROLES[one.name]) if one.name in ROLES else one.name
        case OwnerKind.PERSON:
            return names.people.get(one.name, one.name)


def limit(one: Step, names: Names) -> str:
    """Say how long a step may take, "" without a limit."""
    return "" if one.limit is None else f"{one.limit.amount} {names.translate(UNITS[one.limit.unit])}"


def condition(one: Condition, names: Names) -> str:
    """Say what a way asks of the form."""
    return names.translate(IF).format(
        field=names.fields.get(one.field, one.field), op=one.op.value, value=", ".join(one.values)
    )


def way(one: Way, process: Process, names: Names) -> str:
    """Say what stands on a way's button."""
    target = process.step(one.to)
    return named(one.titles, names.language) or (named(target.titles, names.language) if target else one.to)


def lines(process: Process, names: Names) -> str:
    """Write a process out, a line for each thing it says: two of them are compared so."""
    return "\n".join(line for step in process.steps for line in _step_lines(step, process, names))


def _step_lines(step: Step, process: Process, names: Names) -> list[str]:
    say = names.translate
    found = [f"{named(step.titles, names.language)} ({step.code})"]
    told = [say(words) for telling, words in TELLINGS.items() if telling in step.tell]
    parts: list[tuple[str, str]] = [
        (OWNER, owner(step.owner, names)), (LIMIT, limit(step, names)),
        (NEEDS, ", ".join(names.fields.get(code, code) for code in step.needs)),
        (PAPERS, ", ".join(names.papers.get(code, code) for code in step.papers)),
        *((WAY, _way_line(one, process, names)) for one in step.ways),
        (TOLD, "; ".join(told)),
        (WRITTEN, " / ".join(step.message.texts.values()) if step.message else ""),
    ]  # fmt: skip
    found += [f"  {say(words).format(value=value)}" for words, value in parts if value]
    return [*found, f"  {say(LAST)}"] if step.last else found


def _way_line(one: Way, process: Process, names: Names) -> str:
    target = process.step(one.to)
    parts = [
        condition(one.condition, names)
        if one.condition
        else names.translate(OTHERWISE)
        if one.when is When.ELSE
        else "",
        f"→ {named(target.titles, names.language) if target else one.to}",
        f"“{named(one.titles, names.language)}”" if one.titles else "",
    ]
    return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A step as `ivr.drawing` draws it."""

    verb: str
    targets: Sequence[tuple[str, str]]

    def exits(self) -> Sequence[str]:
        """Steps that may come next."""
        return [target for _, target in self.targets]

    def ways(self) -> Sequence[tuple[str, str]]:
        """The same, with what leads to each."""
        return self.targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A process as `ivr.drawing` draws it: its steps by what they are called."""

    start: str
    steps: Mapping[str, Box]
    verbs: Mapping[str, str]
    """What stands below a step's name, by its `verb`."""
    operator: str = ""


def drawable(process: Process, names: Names) -> Drawn:
    """Return a process as what can be drawn; ways to steps that do not exist are left out."""
    titles: dict[str, str] = {}
    for step in process.steps:
        title = named(step.titles, names.language)
        titles[step.code] = f"{title} ({step.code})" if title in titles.values() else title
    boxes = {
        titles[step.code]: Box(
            verb=f"of-{step.code}" if not step.last else f"ends of-{step.code}",
            targets=[(_label(one, names), titles[one.to]) for one in step.ways if one.to in titles],
        )
        for step in process.steps
    }
    verbs = {
        boxes[titles[step.code]].verb: " · ".join(filter(None, [owner(step.owner, names), limit(step, names)]))
        for step in process.steps
    }
    return Drawn(start=titles[process.first.code], steps=boxes, verbs=verbs)


def _label(one: Way, names: Names) -> str:
    if one.condition is not None:
        return f"{one.condition.op.value} {', '.join(one.condition.values)}"
    return names.translate(OTHERWISE) if one.when is When.ELSE else ""
