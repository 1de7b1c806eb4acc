"""What left the main line is counted from timelines, shown, and missed where it is absent."""

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from simulation.account import Account, take_account
from simulation.line import Happened
from simulation.report import closing_tables
from simulation.tally import BRANCHES, Mark, Row, tally

MARKS = [mark for branch in BRANCHES for mark in (branch.start, *branch.parts)]


def happened(mark: Mark) -> Happened:
    """Return something that `mark` counts."""
    return Happened(kind=mark.kind, fact={mark.field: mark.begins} if mark.field else {})


def row_of(rows: tuple[Row, ...], en: str) -> Row:
    """Return the row of the branch with this English name."""
    return next(row for row in rows if row.branch.start.en == en)


def account_with(rows: tuple[Row, ...]) -> Account:
    """Return an account of nothing but branches."""
    return take_account([], {}, {}, (), rows)


@given(st.lists(st.lists(st.sampled_from(MARKS), max_size=6), max_size=8))
def test_every_mark_is_counted_in_its_own_place_and_nowhere_else(marks: list[list[Mark]]) -> None:
    """Times are things that happened, tickets are those on which they did."""
    rows = tally([[happened(mark) for mark in some] for some in marks])
    for row in rows:
        start = row.branch.start
        assert row.times == sum(mark == start for some in marks for mark in some)
        assert row.tickets == sum(start in some for some in marks)
        for mark, count in zip(row.branch.parts, row.parts, strict=True):
            assert count == sum(other == mark for some in marks for other in some)


def test_tasks_of_other_kinds_are_no_assists() -> None:
    """A whistle and an order open tasks as well."""
    others = [
        Happened(kind="task_opened", fact={"what": "whistle", "task": "whistle.1"}),
        Happened(kind="task_done", fact={"task": "order.1"}),
    ]
    assist = row_of(tally([others]), "assists")
    assert assist.times == 0
    assert set(assist.parts) == {0}


def test_a_branch_that_nobody_took_is_a_shortcoming() -> None:
    """The demonstration has to show each of them."""
    none, all_of_them = tally([]), tally([[happened(mark) for mark in MARKS]])
    missing = set(account_with(none).shortcomings) - set(account_with(all_of_them).shortcomings)
    assert len(missing) == len(BRANCHES) == 7
    assert all(" / " in sentence for sentence in missing)


def test_the_table_shows_each_branch_with_its_counts() -> None:
    """In both languages, with what became of it."""
    console = Console(file=StringIO(), width=140)
    for table in closing_tables(account_with(tally([[happened(mark) for mark in MARKS]] * 3))):
        console.print(table)
    assert isinstance(console.file, StringIO)
    text = console.file.getvalue()
    for mark in MARKS:
        assert f"{mark.zh} {mark.en}" in text
    assert "成立 upheld 3" in text
