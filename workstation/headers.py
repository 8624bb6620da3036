"""What a request must say about where it comes from, and what every answer says to the browser (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from crm_core.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HASHED = re.compile(r"[-.][0-9A-Za-z]{8,}\.\w+$")
"""A content hash before the suffix, as the bundler writes it."""
BODY_LIMIT = 64 * 1024
"""Bytes of a request's body; the longest form is a note."""
HEADER_LIMIT = 16 * 1024
UPLOADS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"/(?:office|api/v1)/applications/\d{1,10}/files"), 11 * 2**20),
    (re.compile(r"/(?:office/voices|api/v1/prompts)/[a-z]{2}/[a-z][a-z0-9_]{0,39}/recordings"), 13 * 2**20),
)
"""Addresses that take a file, each with the bytes of its body; forms there may hold one file."""


def body_limit(path: str) -> int:
    """Return how many bytes a request to this address may bring."""
    return next((limit for address, limit in UPLOADS if address.fullmatch(path)), BODY_LIMIT)


@dataclass(frozen=True, slots=True)
class Origins:
    """Where our own pages may come from.

    Args:
        bound_to: address the server listens on.
        public: `settings.web_origin`, "" when people reach the server directly.

    """

    bound_to: str
    public: str

    @property
    def secure(self) -> bool:
        """Whether people reach us by https."""
        return self.public.startswith("https://")

    @property
    def cookie(self) -> str:
        """Name of the session cookie; `__Host-` needs https (RFC 6265bis, 4.1.3.2)."""
        return "__Host-busbar" if self.secure else "busbar"

    def serves(self, host: str) -> bool:
        """Say whether the `Host` header names us; on loopback it guards against DNS rebinding."""
        name = hostname(host)
        if self.public:
            return name == urlsplit(self.public).hostname or name in LOOPBACK
        return bool(name) and (self.bound_to not in LOOPBACK or name in LOOPBACK)

    def ours(self, origin: str | None, host: str) -> bool:
        """Say whether an `Origin` header is that of our own pages; a missing one is not."""
        if not origin or origin == "null":
            return False
        return origin == self.public if self.public else origin in {f"http://{host}", f"https://{host}"}

    def lets(self, method: str, headers: Mapping[str, str]) -> bool:
        """Say whether an unsafe request may have come from our own pages.

        Browsers send `Origin` with every unsafe request and `Sec-Fetch-Site` besides; a client that sends
        neither has no cookies of a browser to abuse, and is still asked for its token.
        """
        if method in SAFE_METHODS:
            return True
        site = headers.get("sec-fetch-site", "same-origin")
        if site not in {"same-origin", "none"}:
            return False
        origin = headers.get("origin")
        return origin is None or self.ours(origin, headers.get("host", ""))


def caching_of(path: str) -> str:
    """Return what browsers may keep: files with a hash in their name for ever, pages never."""
    if not path.startswith("/static/"):
        return "no-store"
    return "public, max-age=31536000, immutable" if HASHED.search(path) else "no-cache"


def hostname(host: str) -> str:
    """Return the name in a `Host` header without its port, "" when it is no host at all."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def security_headers(settings: Settings, *, secure: bool) -> dict[str, str]:
    """Return the headers of every answer.

    Args:
        settings: the softphone's addresses are the only ones besides our own that pages may connect to.
        secure: people reach us by https.

    """
    switches = dict.fromkeys(f"{one.scheme}://{one.netloc}" for one in map(urlsplit, settings.softphone_urls))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"media-src 'self' blob:; connect-src 'self' {' '.join(switches)}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # Not `no-referrer`: with it browsers send `Origin: null` with our own forms, and we could not tell them apart.
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(), geolocation=(), payment=()",
    }
    if secure:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers
