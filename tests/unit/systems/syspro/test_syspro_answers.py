from __future__ import annotations

import pytest

from airflow_provider_mlconnector.errors import ConfigurationError, RejectedError
from airflow_provider_mlconnector.systems.syspro import answers
from airflow_provider_mlconnector.systems.syspro.fields import SESSION_ERRORS
from airflow_provider_mlconnector.systems.syspro.session import SessionLostError

TOKEN = "3EA613166FE4BF47925DF1CEA14E910100  "


@pytest.mark.parametrize(
    "body",
    [
        TOKEN,
        f'"{TOKEN}"',
        f'<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">{TOKEN}</string>',
        f'<?xml version="1.0"?><string>{TOKEN}</string>',
    ],
)
def test_every_wrapping_gives_the_token_with_its_blanks(body: str) -> None:
    assert answers.unwrapped(body, 1000) == TOKEN


@pytest.mark.parametrize("plain", ['"unfinished', "<stringent/>", "<string>unfinished", "0", ""])
def test_what_only_looks_wrapped_stays_as_it_is(plain: str) -> None:
    assert answers.unwrapped(plain, 1000) == plain


def test_wrapped_documents_are_unwrapped() -> None:
    assert answers.unwrapped("<string>&lt;a&gt;1&lt;/a&gt;</string>", 1000) == "<a>1</a>"
    assert answers.unwrapped('"<a x=\\"1\\"/>"', 1000) == '<a x="1"/>'


def test_windows_1252_is_the_rule_and_utf_8_is_understood() -> None:
    prolog = '<?xml version="1.0" encoding="Windows-1252"?>'
    assert answers.decoded(f"{prolog}<a>Müller €</a>".encode("cp1252")).endswith("<a>Müller €</a>")
    assert answers.decoded("<a>Müller €</a>".encode()).endswith("Müller €</a>")
    assert answers.decoded("Müller".encode("cp1252")) == "Müller"
    # 0x81 is no Windows-1252 character; nothing may be raised for it.
    assert answers.decoded(prolog.encode() + b"<a>\x81\xff</a>").endswith("</a>")
    assert answers.decoded(b"\xef\xbb\xbf0") == "0"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ERROR: e.net exception raised: 100000", ConfigurationError),
        ("ERROR: e.net exception 100000", ConfigurationError),
        ("ERROR: Unable to read the SYSPRO base directory registry string BaseDir8", SessionLostError),
        (" error: The supplied UserID is invalid, or your session has expired", SessionLostError),
        ("ERROR: something else", RejectedError),
        ("ERROR: e.net exception raised: 1000001", RejectedError),
    ],
)
def test_errors_are_told_apart(text: str, kind: type[Exception]) -> None:
    assert type(answers.problem(text, SESSION_ERRORS, "query")) is kind


def test_a_site_says_what_a_lost_session_looks_like() -> None:
    assert isinstance(answers.problem("ERROR: Sitzung beendet", ["sitzung"], "query"), SessionLostError)


@pytest.mark.parametrize("text", ["0", TOKEN, "<ErrorLog/>", "8.0.0.6", ""])
def test_good_answers_are_no_errors(text: str) -> None:
    assert answers.problem(text, SESSION_ERRORS, "query") is None
