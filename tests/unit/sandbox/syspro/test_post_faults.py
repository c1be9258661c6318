"""What goes wrong around a post: before the work, after it, in its middle, and long after the caller is gone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.sandbox.syspro.conftest import Poster, bill, errors

POSTS = {"operation": "transaction/post", "bo": "APSTIN"}


def _posted(poster: Poster) -> list[str]:
    return [row["Invoice"] for row in poster.find("ApInvoice", Supplier="0009001")]


@pytest.mark.parametrize("name", ["lost_answer", "drop"])
def test_the_line_drops_after_the_work(poster: Poster, name: str) -> None:
    poster.sandbox.admin.fault(name, after=1, count=1, where=POSTS)
    poster.invoice(bill("A"))
    with pytest.raises(httpx.RemoteProtocolError):
        poster.invoice(bill("B"))
    assert errors(poster.invoice(bill("C"))) == {}
    assert _posted(poster) == ["A", "B", "C"]


def test_a_gateway_gives_up_after_the_work(poster: Poster) -> None:
    poster.sandbox.admin.fault("bad_gateway", count=1, where=POSTS)
    answer = poster.http.get("/Transaction/Post", params=poster.form("APSTIN", [bill("A")], {}))
    assert answer.status_code == 504
    assert answer.text.startswith("<!DOCTYPE html>")
    assert _posted(poster) == ["A"]


@pytest.mark.parametrize(("name", "options"), [("status", {"value": 500}), ("html", {}), ("throttle", {})])
def test_errors_before_the_work_leave_nothing(poster: Poster, name: str, options: dict[str, Any]) -> None:
    poster.sandbox.admin.fault(name, count=1, where=POSTS, **options)
    answer = poster.http.get("/Transaction/Post", params=poster.form("APSTIN", [bill("A")], {}))
    assert "<html" in answer.text
    assert _posted(poster) == []


def test_a_slow_answer_comes_after_the_work(poster: Poster) -> None:
    poster.sandbox.admin.fault("slow", count=1, where=POSTS, value=30)
    with pytest.raises(httpx.ReadTimeout):
        poster.http.get("/Transaction/Post", params=poster.form("APSTIN", [bill("A")], {}), timeout=0.5)
    assert _posted(poster) == ["A"]


def test_work_that_outlives_its_caller(poster: Poster) -> None:
    poster.sandbox.admin.fault("late_work", count=1, where=POSTS)
    with pytest.raises(httpx.ReadTimeout):
        poster.http.get("/Transaction/Post", params=poster.form("APSTIN", [bill("A")], {}), timeout=0.2)
    assert _posted(poster) == []
    assert poster.sandbox.admin.release() == 1
    assert _posted(poster) == ["A"]
    assert poster.sandbox.admin.release() == 0


def test_work_that_is_done_while_others_ask(poster: Poster) -> None:
    poster.sandbox.admin.fault("late_work", count=1, where=POSTS, requests=2, drop=True)
    with pytest.raises(httpx.RemoteProtocolError):
        poster.invoice(bill("A"))
    version = poster.http.get("/GetVersion")
    assert version.status_code == 200
    assert _posted(poster) == []
    answer = poster.invoice(bill("A"))
    assert list(errors(answer)) == ["Item/invoice"]
    assert _posted(poster) == ["A"]


def test_late_work_answers_those_who_wait(poster: Poster) -> None:
    poster.sandbox.admin.fault("late_work", count=1, where=POSTS, value=0.1)
    assert errors(poster.invoice(bill("A"))) == {}
    assert _posted(poster) == ["A"]


@pytest.mark.parametrize(("fenced", "there"), [(True, []), (False, ["A"])])
def test_a_new_sign_in_may_fence_late_work(poster: Poster, *, fenced: bool, there: list[str]) -> None:
    poster.sandbox.admin.fault("late_work", count=1, where=POSTS, drop=True, fenced=fenced)
    with pytest.raises(httpx.RemoteProtocolError):
        poster.invoice(bill("A"))
    poster.logon()
    poster.sandbox.admin.release()
    assert _posted(poster) == there


def test_late_work_needs_a_session_when_it_is_asked_for(poster: Poster) -> None:
    poster.sandbox.admin.fault("late_work", count=1, where=POSTS, drop=True)
    poster.user_id = "nonsense"
    with pytest.raises(httpx.RemoteProtocolError):
        poster.invoice(bill("A"))
    poster.sandbox.admin.release()
    assert _posted(poster) == []


def test_the_session_ends_in_the_middle_of_a_document(poster: Poster) -> None:
    poster.sandbox.admin.fault("evict_mid_post", count=1, where=POSTS)
    assert poster.send("APSTIN", [bill(name) for name in "ABCD"]).startswith("ERROR")
    assert _posted(poster) == ["A", "B"]
    assert poster.send("APSTIN", [bill("E")]).startswith("ERROR")
    poster.user_id = poster.logon()
    poster.sandbox.admin.fault("evict_mid_post", count=1, where=POSTS, value=1)
    assert poster.send("APSTIN", [bill("E")]).startswith("ERROR")
    assert _posted(poster) == ["A", "B", "E"]
    assert len(poster.sandbox.admin.books()["posted"]) == 3


def test_the_session_ends_between_two_posts(poster: Poster) -> None:
    poster.sandbox.admin.fault("evict_session", after=1, count=1, where=POSTS)
    poster.invoice(bill("A"))
    assert poster.send("APSTIN", [bill("B")]).startswith("ERROR")
    assert _posted(poster) == ["A"]


@pytest.mark.parametrize(("partly", "there"), [(False, []), (True, ["A", "C"])])
def test_half_of_a_document_is_refused(poster: Poster, *, partly: bool, there: list[str]) -> None:
    poster.sandbox.admin.fault("refuse_half", count=1, where=POSTS, partly=partly)
    answer = poster.invoice(*(bill(name) for name in "ABCD"))
    assert {path.split("/")[0] for path in errors(answer)} == {"Item[2]", "Item[4]"}
    assert _posted(poster) == there
    assert poster.sandbox.admin.books()["refused"] == 4 - len(there)
