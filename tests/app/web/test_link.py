"""The hand-over between session and pages: nothing waits, nothing grows."""

from __future__ import annotations

from pages import views

from allaprima.app.core.commands import Call
from allaprima.app.web.link import Link, State


def test_the_newest_picture_and_state_win() -> None:
    link, told = Link(), []
    link.told = lambda: told.append(1)
    for i in range(5):
        link.show(views(i))
        link.tell(State(said=str(i)))
    newest, state = link.views.take(), link.state.take()
    assert newest is not None and newest["left"][0, 0, 0] == 4
    assert state == State(said="4") and len(told) == 10
    assert link.views.take() is None


def test_commands_come_in_their_order_and_beyond_a_few_are_refused() -> None:
    link = Link()
    given = [link.order(Call("style", number)) for number in range(1, 101)]
    assert given == [True] * 32 + [False] * 68
    assert link.poll() == [Call("style", number) for number in range(1, 33)]
    assert link.poll() == [] and link.order(Call("freeze"))
