"""The desks of imports: what goes out comes in there."""

from __future__ import annotations

from tests.crm_core.importing.conftest import desk, shared_desk

__all__ = ["desk", "shared_desk"]
