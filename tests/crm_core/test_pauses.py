"""The collector of garbage looks at what is new, and leaves what the process stands on alone."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from crm_core import pauses

pytestmark = pytest.mark.unit


@pytest.fixture
def restored() -> Iterator[None]:
    """The test process itself goes on as it was."""
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


class Ring:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.mark.usefixtures("restored")
def test_what_is_there_is_looked_at_no_more_and_what_comes_later_is() -> None:
    standing = Ring()
    pauses.shorten()
    assert not any(one is standing for one in gc.get_objects())
    later = weakref.ref(Ring())
    gc.collect()
    assert later() is None


@pytest.mark.usefixtures("restored")
def test_what_died_before_is_not_kept_for_ever() -> None:
    gc.disable()
    dead = weakref.ref(Ring())
    gc.enable()
    pauses.shorten()
    assert dead() is None
