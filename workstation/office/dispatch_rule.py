"""A simple routing rule as fields of a form, and put from there into the text that the editor holds (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError

from crm_core.standing import FLAG, SEGMENT
from routing.policy import LONGEST_HEAD_START, Policy, Rule, Tongue
from routing.ruletext import Rich, put, rich
from routing.skills import HIGHEST
from workstation.forms import Form
from workstation.office.dispatch_skills import BAD_LANGUAGE, BAD_SKILL, LANGUAGE, SKILL, listed
from workstation.parties import FLAGS
from workstation.sentences import N_, Translate

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MARKS: Mapping[str, str] = {
    "vip": FLAGS["vip"],
    "vulnerable": N_("Has a special need"),
    "life_support": FLAGS["life_support"],
    "legal_entity": N_("Is an organisation"),
    "legal": FLAGS["legal"],
    "priority_high": N_("To be helped sooner"),
    "priority_critical": N_("To be helped at once"),
    "application_late": N_("An application is late"),
    "promise_due": N_("A promise to pay is due"),
    "dispute_open": N_("A dispute is open"),
    "mass_event": N_("An event at the address"),
    "called_often": N_("Called often this week"),
}
"""Flags with a box of their own; others are typed."""
TONGUES: Mapping[str, str] = {
    Tongue.PREFERRED: N_("Who speaks it before others"),
    Tongue.NEEDED: N_("Only who speaks it"),
}
ANYBODY = N_("Any operator")
LESSER: Mapping[str, str] = {Tongue.ANY: ANYBODY, Tongue.PREFERRED: TONGUES[Tongue.PREFERRED]}
"""What a language that was asked for may be relaxed to."""
LEVELS = frozenset(map(str, range(1, HIGHEST + 1)))
MOST_RULES = 100
BAD_NAME = N_("Small Latin letters, digits, _ and -, a letter or digit first, at most 40.")
BAD_TOPIC = N_("{text} is no topic: small Latin letters, digits, _ and -, as the menu names it.")
BAD_FLAG = N_("{text} is no mark: small Latin letters, digits and _.")
TOO_MANY = N_("There are {most} rules already, the most there can be.")
TAKEN = N_("There is a rule of this name already.")
NO_AFTER = N_("Say after how many seconds.")
NO_LESS = N_("Say what is asked less then: other skills, another language or further queues.")
MORE = N_("Less may be asked with time, never more.")
TOO_RICH: Mapping[Rich, str] = {
    Rich.CONDITION: N_("It asks for the number dialled or for steps of the menu."),
    Rich.STEPS: N_("It asks less more than once."),
    Rich.COMMENT: N_("A comment stands within it, which a form would lose."),
    Rich.LAYOUT: N_("Rules do not stand one below the other, each after a dash."),
}
PUT_FIRST = N_("Put the rule into the text first, or empty its fields.")
NOT_USABLE = N_("The rules beside cannot be used as they are; mend them first.")
ONLY_TEXT = N_("This can be done in the text only. {why}")
GONE = N_("The rule {rule} is not in the text any more.")
PUT = N_("The rule {name} stands in the text now, from line {line}. It counts when the rules are published.")
TAKEN_UP = N_("Change the rule {name} in the fields below, then put it into the text.")
FIELDS = (
    "name", "topics", "languages", "segment", "flags", "queue", "head_start", "needs", "language", "last_operator",
    "after", "less", "lesser_language", "also", "before",
)  # fmt: skip


def typed(form: Form) -> bool:
    """Whether anything stands in the fields of the rule."""
    names = (*(f"rule_{name}" for name in FIELDS), *(f"rule_is_{flag}" for flag in MARKS))
    return any(form.values.get(name, "").strip() for name in names)


def take(form: Form, text: str, policy: Policy, name: str, say: Translate) -> str:
    """Take a rule of the text up into the fields and return what to do now; "" when it is for the editor."""
    rule = next((one for one in policy.rules if one.name == name), None)
    if rule is None:
        form.refuse("rule", GONE, rule=name[:40])
        return ""
    why = rich(text, policy)[name]
    if why is not None:
        form.refuse("rule", ONLY_TEXT, why=say(TOO_RICH[why]))
        return ""
    _empty(form)
    form.values |= fields(rule)
    return say(TAKEN_UP).format(name=name)


def change(form: Form, text: str, policy: Policy, say: Translate) -> str:
    """Put the rule that was typed into the text (`body`) and return where; "" when a field is wrong and says so."""
    was = form.values.get("rule_was", "")
    known = rich(text, policy)
    if was and was not in known:
        form.refuse("rule", GONE, rule=was[:40])
    elif not was and len(known) >= MOST_RULES:
        form.refuse("rule", TOO_MANY, most=MOST_RULES)
    rule = read(form, policy)
    if rule is None:
        return ""
    found = known[was] if was else None
    outcome = put(text, rule, instead_of=was, before=form.values.get("rule_before", "")) if found is None else found
    if isinstance(outcome, Rich):
        form.refuse("rule", ONLY_TEXT, why=say(TOO_RICH[outcome]))
        return ""
    _empty(form)
    form.values["body"] = outcome.text
    return say(PUT).format(name=rule.name, line=outcome.line)


def _empty(form: Form) -> None:
    for name in [one for one in form.values if one.startswith("rule_")]:
        del form.values[name]


def read(form: Form, policy: Policy) -> Rule | None:
    """Read the rule that was typed; None when a field is wrong, which then has its sentence."""
    name = form.text("rule_name", 40, required=True)
    if name and not NAME.fullmatch(name):
        form.refuse("rule_name", BAD_NAME)
    if name != form.values.get("rule_was", "") and name in {rule.name for rule in policy.rules}:
        form.refuse("rule_name", TAKEN)
    when = {
        "topics": listed(form, "rule_topics", NAME, BAD_TOPIC),
        "languages": listed(form, "rule_languages", LANGUAGE, BAD_LANGUAGE),
        "flags": _flags(form),
    }
    values = {
        "name": name,
        "when": when,
        "queue": _queue(form) or None,
        "head_start": form.whole("rule_head_start", most=LONGEST_HEAD_START) or 0,
        "needs": _needs(form, "rule_needs"),
        "language": form.choice("rule_language", TONGUES) or Tongue.ANY,
        "last_operator": form.whole("rule_last_operator", most=3600) or 0,
    }
    steps = _steps(form, values["needs"], values["language"])
    if not form.fine:
        return None
    try:
        return Rule.model_validate({**values, "steps": steps})
    except ValidationError:
        # Each field is right by itself: what is left is a step that asks more.
        form.refuse("rule_less", MORE)
        return None


def _queue(form: Form) -> str:
    name = form.text("rule_queue", 40)
    if name and not NAME.fullmatch(name):
        form.refuse("rule_queue", BAD_NAME)
    return name


def _flags(form: Form) -> list[str]:
    boxes = [flag for flag in MARKS if form.flag(f"rule_is_{flag}")]
    segment = form.whole("rule_segment", least=1)
    segments = [f"segment_{segment}"] if segment is not None else []
    return list(dict.fromkeys([*boxes, *segments, *listed(form, "rule_flags", FLAG, BAD_FLAG)]))


def _needs(form: Form, field: str) -> dict[str, int]:
    found = (text.partition(":") for text in listed(form, field, SKILL, BAD_SKILL))
    return {skill: int(level) if level in LEVELS else 1 for skill, _, level in found}


def _steps(form: Form, needs: object, language: object) -> list[dict[str, object]]:
    """Read what is asked less with time: what stays as it was is not written down."""
    after = form.whole("rule_after", least=1, most=3600)
    less = _needs(form, "rule_less")
    tongue = form.choice("rule_lesser_language", LESSER)
    also = listed(form, "rule_also", NAME, BAD_NAME)
    if after is None:
        if less or tongue or also:
            form.refuse("rule_after", NO_AFTER)
        return []
    step: dict[str, object] = {"after": after}
    if less != needs:
        step["needs"] = less
    if tongue and tongue != language:
        step["language"] = tongue
    if also:
        step["also"] = also
    if len(step) == 1:
        form.refuse("rule_less", NO_LESS)
    return [step]


def fields(rule: Rule) -> dict[str, str]:
    """Return a simple rule as it is typed."""
    segments = [flag for flag in rule.when.flags if SEGMENT.fullmatch(flag)]
    others = [flag for flag in rule.when.flags if flag not in MARKS and flag not in segments[:1]]
    step = rule.steps[0] if rule.steps else None
    said = {
        "was": rule.name,
        "name": rule.name,
        "topics": ", ".join(rule.when.topics),
        "languages": ", ".join(rule.when.languages),
        "segment": segments[0].removeprefix("segment_") if segments else "",
        "flags": ", ".join(others),
        "queue": rule.queue or "",
        "head_start": str(rule.head_start or ""),
        "needs": _skills(rule.needs),
        "language": "" if rule.language is Tongue.ANY else rule.language.value,
        "last_operator": str(rule.last_operator or ""),
        "after": str(step.after) if step else "",
        "less": _skills(rule.needs if step.needs is None else step.needs) if step else "",
        "lesser_language": (step.language or "") if step else "",
        "also": ", ".join(step.also) if step else "",
    }
    boxes = {f"rule_is_{flag}": "1" for flag in rule.when.flags if flag in MARKS}
    return {**{f"rule_{name}": value for name, value in said.items()}, **boxes}


def _skills(needs: Mapping[str, int]) -> str:
    return ", ".join(skill if level == 1 else f"{skill}:{level}" for skill, level in needs.items())
