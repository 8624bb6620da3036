"""Lives on paper are those in the tables."""

from __future__ import annotations

import pytest

from crm_core.ledger.lives import FOLDER, pages

pytestmark = pytest.mark.unit


def test_every_life_is_drawn_as_it_is() -> None:
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in pages()} == pages()
