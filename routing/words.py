"""A policy in words, as a manager reads it before it counts: English, or any language whose gettext is given (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from routing.policy import Condition, Policy, Rule, Step, Tongue, Weights

Say = Callable[[str], str]
"""gettext of the reader's language."""
FIRST = "Policy {name}: who waited longest is served first, by the operator idle the longest."
TONGUES = {
    Tongue.ANY: "whoever does not speak the caller's language too",
    Tongue.PREFERRED: "somebody who speaks the caller's language before others",
    Tongue.NEEDED: "only somebody who speaks the caller's language",
}
QUEUE = "waits in queue {queue}"
HEAD_START = "stands as if he had waited {seconds} s longer"
NEEDS = "needs {skills}"
WANTS = "wants {whom}"
KEPT = "is kept up to {seconds} s for the operator who spoke to him last"
AS_ANYBODY = "is served as anybody"
RULE = "{name}: {who} {what}."
WHO = "who {what}"
EVERYBODY = "everybody"
TOPICS = "calls about {words}"
LANGUAGES = "speaks {words}"
FLAGS = "is marked {words}"
DIALLED = "dialled {words}"
PASSED = "passed {words} in the menu"
STEP = "After {seconds} s {what}."
WILL_DO = "{skills} will do"
NO_SKILL = "no skill is needed any more"
MAY_HAVE = "he may have {whom}"
ALSO = "operators of {queues} serve him too"
NOTHING = "nothing changes"
SKILL = "{skill} at level {level} or above"
AND, OR, COMMA = "{first} and {last}", "{first} or {last}", ", "
WEIGHTS = {
    "each_call_today": "Each contact an operator had today counts as {seconds} s less idle.",
    "spare_level": "Each level of skill he would not use counts as {seconds} s less idle.",
    "other_choice": (
        "Each step down in his choice of queues counts as {seconds} s, of his idling and of the caller's wait."
    ),
    "lesser_skill": "To lack what was needed at first counts as {seconds} s, of his idling and of the caller's wait.",
    "other_language": "Not to speak a preferred language counts as {seconds} s less idle.",
}
PHRASES: tuple[str, ...] = (
    FIRST, *TONGUES.values(), QUEUE, HEAD_START, NEEDS, WANTS, KEPT, AS_ANYBODY, RULE, WHO, EVERYBODY, TOPICS,
    LANGUAGES, FLAGS, DIALLED, PASSED, STEP, WILL_DO, NO_SKILL, MAY_HAVE, ALSO, NOTHING, AND, OR, SKILL,
    *WEIGHTS.values(),
)  # fmt: skip
"""Everything that is said through gettext."""


def policy(policy: Policy, say: Say = str) -> str:
    """Return every rule and weight of a policy, a sentence to a line."""
    lines = [say(FIRST).format(name=policy.name), *weights(policy.weights, say)]
    return "\n".join([*lines, *(rule(one, say) for one in policy.rules)])


def rule(rule: Rule, say: Say = str) -> str:
    """Return a rule as sentences."""
    what = []
    if rule.queue is not None:
        what.append(say(QUEUE).format(queue=rule.queue))
    if rule.head_start:
        what.append(say(HEAD_START).format(seconds=rule.head_start))
    if rule.needs:
        what.append(say(NEEDS).format(skills=_needs(rule.needs.items(), say)))
    if rule.language is not Tongue.ANY:
        what.append(say(WANTS).format(whom=say(TONGUES[rule.language])))
    if rule.last_operator:
        what.append(say(KEPT).format(seconds=rule.last_operator))
    said = say(RULE).format(name=rule.name, who=_who(rule.when, say), what=_joined(what or [say(AS_ANYBODY)], say(AND)))
    return " ".join([said, *(_step(step, say) for step in rule.steps)])


def _step(step: Step, say: Say) -> str:
    what = []
    if step.needs is not None:
        skills = _needs(step.needs.items(), say)
        what.append(say(WILL_DO).format(skills=skills) if step.needs else say(NO_SKILL))
    if step.language is not None:
        what.append(say(MAY_HAVE).format(whom=say(TONGUES[step.language])))
    if step.also:
        what.append(say(ALSO).format(queues=_joined(step.also, say(AND))))
    return say(STEP).format(seconds=step.after, what=_joined(what or [say(NOTHING)], say(AND)))


def _who(when: Condition, say: Say) -> str:
    asked = (
        (TOPICS, when.topics), (LANGUAGES, when.languages), (FLAGS, when.flags), (DIALLED, when.dialled),
        (PASSED, when.passed),
    )  # fmt: skip
    what = [say(phrase).format(words=_joined(words, say(OR))) for phrase, words in asked if words]
    return say(WHO).format(what=_joined(what, say(AND))) if what else say(EVERYBODY)


def weights(weights: Weights, say: Say = str) -> list[str]:
    """Return what speaks against an operator, a sentence each."""
    said = {phrase: getattr(weights, name) for name, phrase in WEIGHTS.items()}
    return [say(phrase).format(seconds=seconds) for phrase, seconds in said.items() if seconds]


def _needs(needs: Iterable[tuple[str, int]], say: Say) -> str:
    said = [skill if level == 1 else say(SKILL).format(skill=skill, level=level) for skill, level in needs]
    return _joined(said, say(AND))


def _joined(words: Iterable[str], joint: str) -> str:
    """Join with commas, and the last two with a word."""
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return joint.format(first=COMMA.join(listed[:-1]), last=listed[-1])
