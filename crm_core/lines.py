"""Operators' telephone lines: endpoint names and passwords, derived, never stored (pure)."""

from __future__ import annotations

import hashlib
import hmac

LINE_CHECK = "linecheck"
"""Endpoint that the line check calls as; its password is derived like an operator's."""


def endpoint(extension: str) -> str:
    """Name of the PJSIP endpoint of an extension (`op101`)."""
    return f"op{extension}"


def device(extension: str) -> str:
    """Return the dial string of an extension (`PJSIP/op101`)."""
    return f"PJSIP/{endpoint(extension)}"


def sip_password(secret: str, extension: str) -> str:
    """SIP password of an extension: HMAC-SHA256 of its endpoint name under the house's secret, 40 hex digits."""
    return hmac.new(secret.encode(), endpoint(extension).encode(), hashlib.sha256).hexdigest()[:40]
