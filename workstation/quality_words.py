"""What pages say of the quality of calls: states, sources, steps, why something may not be done (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crm_core.quality.choosing import Basis, Source
from crm_core.quality.forms import FormState
from crm_core.quality.life import EvaluationState, EvaluationStep, StepRefusal
from workstation.sentences import N_
from workstation.workforce_words import Said

STATES: Mapping[EvaluationState, Said] = {
    EvaluationState.ASSIGNED: (N_("To be scored"), "accent", "clock"),
    EvaluationState.DRAFT: (N_("Begun"), "accent", "pen"),
    EvaluationState.SUBMITTED: (N_("Scored"), "", "check"),
    EvaluationState.ACKNOWLEDGED: (N_("Read by the operator"), "good", "check"),
    EvaluationState.DISPUTED: (N_("Disputed"), "warn", "alert"),
    EvaluationState.UPHELD: (N_("Upheld"), "", "scale"),
    EvaluationState.AMENDED: (N_("Amended"), "accent", "scale"),
    EvaluationState.CLOSED: (N_("Settled"), "", "check"),
    EvaluationState.CANCELLED: (N_("Called off"), "", "ban"),
}
SOURCES: Mapping[Source, str] = {
    Source.CHANCE: N_("Drawn by chance"),
    Source.COMPLAINT: N_("After a complaint"),
    Source.HAND: N_("Chosen by hand"),
    Source.CALIBRATION: N_("Calibration"),
}
BASES: Mapping[Basis, str] = {
    Basis.CHANCE: N_("By chance, when the week is over"),
    Basis.COMPLAINT: N_("The last calls before a complaint"),
}
STEPS: Mapping[EvaluationStep, str] = {
    EvaluationStep.SAVE: N_("Draft saved"),
    EvaluationStep.SUBMIT: N_("Scored"),
    EvaluationStep.ACKNOWLEDGE: N_("Read by the operator"),
    EvaluationStep.DISPUTE: N_("Disputed"),
    EvaluationStep.UPHOLD: N_("Upheld"),
    EvaluationStep.AMEND: N_("Amended"),
    EvaluationStep.CLOSE: N_("Settled"),
    EvaluationStep.CANCEL: N_("Called off"),
}
REFUSALS: Mapping[StepRefusal, str] = {
    StepRefusal.OWN: N_("Nobody scores his own calls or rules on them."),
    StepRefusal.ANOTHER_GRADER: N_("Another person scores this call."),
    StepRefusal.NOT_HIS: N_("Only the operator whose call it is can answer."),
    StepRefusal.SAME_PERSON: N_("Whoever scored the call does not rule on the dispute: another person does."),
    StepRefusal.TOO_LATE: N_("The days in which it could be disputed are over."),
    StepRefusal.BLIND: N_("This belongs to a calibration; there is nothing to answer."),
}
FORM_STATES: Mapping[FormState, Said] = {
    FormState.DRAFT: (N_("Draft"), "accent", "pen"),
    FormState.PUBLISHED: (N_("In use"), "good", "check"),
    FormState.RETIRED: (N_("Retired"), "warn", "ban"),
}


def seconds_of(text: str) -> int | None:
    """Read a moment of a recording, 1:20 or 80, as seconds; None when it is none."""
    parts = text.strip().split(":")
    if not 1 <= len(parts) <= 3 or not all(one.isascii() and one.isdecimal() and len(one) <= 5 for one in parts):
        return None
    if any(int(one) > 59 for one in parts[1:]):
        return None
    found = 0
    for one in parts:
        found = found * 60 + int(one)
    return found
