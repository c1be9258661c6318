"""The benchmark of postings at a tiny size: both sides post the same number of invoices, and all calls are counted."""

from __future__ import annotations

import pytest

from benchmarks import posts
from benchmarks.result import Result

TINY = 0.004


def test_both_post_the_same_and_their_calls_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    found: list[Result] = posts.enet_posts(TINY, 1)
    assert [each.name for each in found] == [
        "enet_posts",
        "enet_posts_calls",
        "enet_posts_http_post",
        "enet_posts_http_post_calls",
    ]
    said = capsys.readouterr().out
    assert said.count("loop: ") == 2
    assert said.count("4 posts and 2 other calls for 4 invoices") == 2, "the loop signs in and off"
    assert said.count("ours: ") == 2
    assert [each.peer_value for each in found[1::2]] == [1.5, 1.5]
    assert said.count(" 1 posts and ") == 2, "four invoices fit one call"


def test_an_invoice_that_is_not_in_the_books_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "ours", lambda _connection, _numbers: 1.0)
    with pytest.raises(SystemExit, match="not in the books"):
        posts.enet_posts(TINY, 1)
