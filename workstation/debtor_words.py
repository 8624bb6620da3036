"""Why a debtor may not be called by hand, in words (pure). Codes are `debtor-` and the law's or the house's reason."""

from __future__ import annotations

from outbound.terms import Reason
from workstation.campaign_words import REASONS
from workstation.sentences import Translate, sentence

PREFIX = "debtor-"


def refusal(code: str, translate: Translate) -> str:
    """Say in the reader's language why the floor refused a wish.

    Args:
        code: of `WishAnswered`.
        translate: gettext of the reader's language.

    """
    reason = code.removeprefix(PREFIX).replace("-", "_")
    if code.startswith(PREFIX) and reason in set(Reason):
        return translate(REASONS[Reason(reason)])
    return sentence(code, translate)
