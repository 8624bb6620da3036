"""Blocks and weights together, on a base in which it is known who is who."""

from __future__ import annotations

import pytest

from deploy.bench.duplicates import measure
from deploy.bench.twins import base

pytestmark = pytest.mark.unit
SEED = 7
"""Neither the one the weights were looked at with, nor the bench's."""


def test_almost_all_duplicates_are_found_and_almost_nothing_else() -> None:
    found = measure(base(6_000, SEED))
    assert found.true_pairs > 300
    assert found.precision >= 0.98
    assert found.recall >= 0.90


def test_the_same_seed_makes_the_same_base() -> None:
    assert base(500, 3) == base(500, 3) != base(500, 4)
