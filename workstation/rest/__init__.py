"""The REST API under /api/v1, for programs that hold a token (shell); see docs/api.md."""

from __future__ import annotations

PREFIX = "/api/v1"
