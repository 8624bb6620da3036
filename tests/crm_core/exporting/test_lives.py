"""The lives of imports and exports are tables; their diagrams in docs/lives are drawn from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.errors import ExportOutOfTurn, ImportOutOfTurn
from crm_core.exporting import life as export_life
from crm_core.exporting.life import ExportState
from crm_core.importing import life as import_life
from crm_core.importing.life import ImportState
from telephony import lives

pytestmark = pytest.mark.unit
DOCS = Path(__file__).resolve().parents[3] / "docs" / "lives"


def test_the_diagrams_are_drawn_from_the_tables() -> None:
    imported = lives.page(
        "The life of an import", "crm_core/importing/life.py", dict(import_life.TRANSITIONS), ImportState.RECEIVED
    )
    exported = lives.page(
        "The life of an export", "crm_core/exporting/life.py", dict(export_life.TRANSITIONS), ExportState.ASKED
    )
    assert (DOCS / "import.md").read_text(encoding="utf-8") == imported
    assert (DOCS / "export.md").read_text(encoding="utf-8") == exported


@given(st.sampled_from(ImportState), st.lists(st.sampled_from(import_life.Step), max_size=12))
def test_an_import_takes_only_steps_of_its_table(state: ImportState, steps: list[import_life.Step]) -> None:
    for step in steps:
        if (state, step) in import_life.TRANSITIONS:
            state = import_life.advance(state, step)
        else:
            with pytest.raises(ImportOutOfTurn):
                import_life.advance(state, step)


@given(st.lists(st.sampled_from(export_life.Step), max_size=12))
def test_no_large_export_is_made_unapproved_and_none_is_fetched_twice(steps: list[export_life.Step]) -> None:
    state, done = ExportState.ASKED, []
    for step in steps:
        if (state, step) in export_life.TRANSITIONS:
            state = export_life.advance(state, step)
            done.append(step)
        else:
            with pytest.raises(ExportOutOfTurn):
                export_life.advance(state, step)
    if export_life.Step.BEGIN in done:
        assert {export_life.Step.PASS, export_life.Step.APPROVE} & set(done[: done.index(export_life.Step.BEGIN)])
    assert done.count(export_life.Step.FETCH) <= 1
