"""The desk of imports: what goes out comes in there."""

from __future__ import annotations

from tests.crm_core.importing.conftest import desk

__all__ = ["desk"]
