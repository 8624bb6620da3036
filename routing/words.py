"""A policy in plain English, as a manager reads it before it counts (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from routing.policy import Condition, Policy, Rule, Step, Tongue, Weights

TONGUES = {
    Tongue.ANY: "whoever does not speak the caller's language too",
    Tongue.PREFERRED: "somebody who speaks the caller's language before others",
    Tongue.NEEDED: "only somebody who speaks the caller's language",
}


def policy(policy: Policy) -> str:
    """Return every rule and weight of a policy, a sentence to a line."""
    lines = [f"Policy {policy.name}: who waited longest is served first, by the operator idle the longest."]
    return "\n".join([*lines, *_weights(policy.weights), *map(rule, policy.rules)])


def rule(rule: Rule) -> str:
    """Return a rule as sentences."""
    what = []
    if rule.queue is not None:
        what.append(f"waits in queue {rule.queue}")
    if rule.head_start:
        what.append(f"stands as if he had waited {rule.head_start} s longer")
    if rule.needs:
        what.append(f"needs {_needs(rule.needs)}")
    if rule.language is not Tongue.ANY:
        what.append(f"wants {TONGUES[rule.language]}")
    if rule.last_operator:
        what.append(f"is kept up to {rule.last_operator} s for the operator who spoke to him last")
    said = [f"{rule.name}: {_who(rule.when)} {_and(what or ['is served as anybody'])}."]
    return " ".join([*said, *map(_step, rule.steps)])


def _step(step: Step) -> str:
    what = []
    if step.needs is not None:
        what.append(f"{_needs(step.needs)} will do" if step.needs else "no skill is needed any more")
    if step.language is not None:
        what.append(f"he may have {TONGUES[step.language]}")
    if step.also:
        what.append(f"operators of {_and(step.also)} serve him too")
    return f"After {step.after} s {_and(what or ['nothing changes'])}."


def _who(when: Condition) -> str:
    what = []
    if when.topics:
        what.append(f"calls about {_or(when.topics)}")
    if when.languages:
        what.append(f"speaks {_or(when.languages)}")
    if when.flags:
        what.append(f"is marked {_or(when.flags)}")
    if when.dialled:
        what.append(f"dialled {_or(when.dialled)}")
    if when.passed:
        what.append(f"passed {_or(when.passed)} in the menu")
    return f"who {_and(what)}" if what else "everybody"


def _weights(weights: Weights) -> list[str]:
    said = {
        "each contact an operator had today counts as {} s less idle": weights.each_call_today,
        "each level of skill he would not use counts as {} s less idle": weights.spare_level,
        "each step down in his choice of queues counts as {} s, of his idling and of the caller's wait": (
            weights.other_choice
        ),
        "to lack what was needed at first counts as {} s, of his idling and of the caller's wait": weights.lesser_skill,
        "not to speak a preferred language counts as {} s less idle": weights.other_language,
    }
    return [f"{text[0].upper()}{text[1:]}.".format(seconds) for text, seconds in said.items() if seconds]


def _needs(needs: Mapping[str, int]) -> str:
    return _and([skill if level == 1 else f"{skill} at level {level} or above" for skill, level in needs.items()])


def _and(parts: tuple[str, ...] | list[str]) -> str:
    return ", ".join(parts[:-1]) + f" and {parts[-1]}" if len(parts) > 1 else parts[0]


def _or(parts: tuple[str, ...]) -> str:
    return ", ".join(parts[:-1]) + f" or {parts[-1]}" if len(parts) > 1 else parts[0]
