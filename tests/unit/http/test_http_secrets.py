from __future__ import annotations

from xml.sax.saxutils import escape

from airflow_provider_mlconnector.http.secrets import Secrets


def test_secrets_are_hidden_in_each_form_and_the_longest_first() -> None:
    secrets = Secrets(["pass", "pass<word> "], forms=[escape])
    assert secrets.scrubbed("pass, pass<word>, pass&lt;word&gt;.") == "***, ***, ***."


def test_what_is_too_short_would_hide_everything() -> None:
    assert Secrets(["", "abc", "   d "]).scrubbed("abcd") == "abcd"


def test_a_further_secret_is_masked_once() -> None:
    masked: list[str] = []
    secrets = Secrets(["known"], masked.append)
    for secret in ("known", "token", "token"):
        secrets.guard(secret)
    assert masked == ["token"]
    assert secrets.scrubbed("a token") == "a ***"
