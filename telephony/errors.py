"""Every exception of this package; codes are API.

TelephonyError
├── SwitchRefused        the switch said no to a command
│   └── NotConnected     nothing was sent: the node's link is down or there is no such node
├── OutcomeUnknown       no answer: the command may or may not have happened; never retried blindly
├── LoginRefused         wrong AMI user or secret: no use in trying again fast
├── HostileValue         a value with line breaks or control characters was kept from the wire
└── AgiHungUp            the caller hung up during an AGI command
"""

from __future__ import annotations


class TelephonyError(Exception):
    """Base; never raised itself."""

    code = "telephony"


class SwitchRefused(TelephonyError):
    """The switch answered `Response: Error`."""

    code = "switch-refused"


class NotConnected(SwitchRefused):
    """The node's link is down, or no node has that name; nothing was sent, nothing happened."""

    code = "switch-not-connected"


class OutcomeUnknown(TelephonyError):
    """No answer in time, or the link broke while waiting."""

    code = "outcome-unknown"


class LoginRefused(TelephonyError):
    """AMI authentication failed."""

    code = "ami-login-refused"


class HostileValue(TelephonyError):
    """A header value held CR, LF, NUL or another control character."""

    code = "hostile-value"


class AgiHungUp(TelephonyError):
    """The caller is gone."""

    code = "agi-hung-up"
