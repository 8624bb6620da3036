"""One HTTP POST to another program, which may only be where the house allows it (shell).

The name is looked up once, and the address that was judged is the one that is called: a name that means something else
a moment later leads nowhere (SECURITY.md, SSRF). No redirect is followed; of the answer only its status is read.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

SECONDS = 5.0


class NotDelivered(Exception):
    """The other program did not take it; the message is one line for the log."""


class _Judged(http.client.HTTPConnection):
    """A connection to the address that was judged, whatever the name means by now."""

    def __init__(self, address: str, host: str, port: int, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address = address
        self._context = context

    def connect(self) -> None:
        """Connect; the certificate must be the name's."""
        plain = socket.create_connection((self._address, self.port), SECONDS)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain


def post(url: str, body: bytes, headers: Mapping[str, str], hosts: Collection[str]) -> int:
    """Send a body of JSON; return the status, which is one of success.

    Args:
        url: checked by `crm_core.alerting.address_fault`.
        body: JSON.
        headers: further ones.
        hosts: `host:port` that may be in the house's own network.

    Raises:
        NotDelivered: it was not sent, or not taken.

    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _looked_up(host, port, inside=f"{host}:{port}" in hosts)
    connection = _Judged(address, host, port, ssl.create_default_context() if secure else None)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(f"not reached: {type(error).__name__}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotDelivered(f"answered {status}")
    return status


def _looked_up(host: str, port: int, *, inside: bool) -> str:
    try:
        found = sorted({str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError) as error:
        raise NotDelivered("its name is not known") from error
    if not inside and not all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in found):
        raise NotDelivered("it is in the house's own network, which BUSBAR_ALERT_HOSTS does not allow")
    return found[0]
