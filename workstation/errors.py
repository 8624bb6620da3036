"""What goes wrong at the workstation, each with its status and code (pure).

WebError
├── NotSignedIn       401, or 303 to the sign-in page when a page was asked for
├── Forbidden         403  wrong role, foreign origin, missing token
├── Missing           404
├── AgainstRule       422  a rule of the customer base forbids it; written to the access log
├── Refused           422  a field is not right; nothing was stored
├── TooMany           429
├── TooLarge          413
└── Away              503  the database or Valkey does not answer
The sentence a person reads belongs to the code: `workstation/sentences.py`, docs/errors.md.
"""

from __future__ import annotations


class WebError(Exception):
    """A request that is not carried out; `code` names why, for people and programs."""

    status = 400

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotSignedIn(WebError):
    """There is no living session."""

    status = 401

    def __init__(self) -> None:
        super().__init__("signed-out")


class Forbidden(WebError):
    """This person, or this page, may not ask for that."""

    status = 403


class Missing(WebError):
    """There is nothing under this name, or nothing this person may know of."""

    status = 404


class Refused(WebError):
    """What was typed cannot be taken; `fields` says where and why, in the reader's language.

    Args:
        fields: sentence by field name.

    """

    status = 422

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("bad-request")
        self.fields = fields


class AgainstRule(WebError):
    """A rule of the customer base forbids it; `code` names the rule, nothing was changed."""

    status = 422


class TooMany(WebError):
    """The limit of tries is reached."""

    status = 429

    def __init__(self, code: str = "too-many-requests") -> None:
        super().__init__(code)


class TooLarge(WebError):
    """The body is over the limit."""

    status = 413

    def __init__(self) -> None:
        super().__init__("too-large")


class Away(WebError):
    """Something we stand on does not answer."""

    status = 503
