"""Numbers outside are led to so often and no oftener, whatever is wished, in bounded memory (AC06)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import caps
from routing.caps import HOUR, MINUTE, Caps, Spent
from routing.views import OperatorId

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANNA, BORIS = OperatorId(1), OperatorId(2)
FEW = Caps(operator_minute=2, operator_hour=4, number_day=5, lines=3)


def wish(spent: Spent, seconds: float, who: OperatorId = ANNA, number: str = "+74951234567", lines: int = 0) -> str:
    at = NOON + timedelta(seconds=seconds)
    return spent.take(FEW, who, number, lines, at.date().isoformat(), at)


def test_by_the_minute_and_by_the_hour_for_each_operator_alone() -> None:
    spent = Spent()
    assert [wish(spent, second) for second in (0, 1, 2, 59.9)] == ["", "", caps.TOO_OFTEN, caps.TOO_OFTEN]
    assert wish(spent, 2, BORIS, "+74951234568") == "", "another operator has his own"
    assert [wish(spent, second) for second in (60, 61, 121, 3599.9)] == ["", "", caps.TOO_OFTEN, caps.TOO_OFTEN]
    assert wish(spent, 3600) == "", "an hour later the first does not count any more"


def test_a_number_by_the_day_for_all_operators_together() -> None:
    spent = Spent()
    assert [wish(spent, one, OperatorId(one)) for one in range(5)] == [""] * 5
    assert wish(spent, 6, OperatorId(6)) == caps.NUMBER_TOO_OFTEN
    assert wish(spent, 7, OperatorId(7), "+74951234568") == "", "another number"
    assert wish(spent, 12 * 3600, OperatorId(8)) == "", "the next day"


def test_so_many_at_once_and_who_is_refused_has_spent_nothing() -> None:
    spent = Spent()
    assert [wish(spent, one, lines=3) for one in range(20)] == [caps.LINES_FULL] * 20
    assert spent.held == 0
    assert wish(spent, 30, lines=2) == ""


def test_nothing_is_allowed_where_nothing_may_be() -> None:
    for field in ("operator_minute", "operator_hour", "number_day", "lines"):
        assert Spent().take(Caps(**{field: 0}), ANNA, "+74951234567", 0, "2026-11-22", NOON), field


wishes = st.lists(
    st.tuples(
        st.integers(0, 3 * 86_400), st.integers(1, 3), st.sampled_from(["+7495", "+7496", "+7497"]), st.integers(0, 4)
    ),
    max_size=80,
).map(lambda found: sorted(found, key=lambda one: one[0]))


@given(
    st.builds(
        Caps, operator_minute=st.integers(0, 3), operator_hour=st.integers(0, 5), number_day=st.integers(0, 6),
        lines=st.integers(0, 4),
    ),
    st.one_of(wishes, wishes.map(lambda found: [(at // 600, *rest) for at, *rest in found])),
)  # fmt: skip
def test_no_order_of_wishes_gets_past_a_cap(limit: Caps, wished: list[tuple[int, int, str, int]]) -> None:
    spent, taken = Spent(), []
    for seconds, who, number, lines in wished:
        at = NOON + timedelta(seconds=seconds)
        refusal = spent.take(limit, OperatorId(who), number, lines, at.date().isoformat(), at)
        mine = [one for one, _, by in taken if by == who]
        fits = (
            lines < limit.lines
            and sum(at - one < MINUTE for one in mine) < limit.operator_minute
            and sum(at - one < HOUR for one in mine) < limit.operator_hour
            and sum((one.date(), to) == (at.date(), number) for one, to, _ in taken) < limit.number_day
        )
        assert (refusal == "") is fits, "refused exactly when a limit is reached"
        if not refusal:
            taken.append((at, number, who))
        assert spent.held <= 3 * limit.operator_hour + 3, "what is kept does not grow with what is wished"


def test_a_day_of_different_numbers_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caps, "MOST_NUMBERS", 3)
    spent = Spent()
    said = [wish(spent, one, OperatorId(one), f"+7495123456{one}") for one in range(6)]
    assert said == ["", "", "", *[caps.NUMBER_TOO_OFTEN] * 3]
    assert wish(spent, 90, OperatorId(9), "+74951234560") == "", "a number that is known goes on"
