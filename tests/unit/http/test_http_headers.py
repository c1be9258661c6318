from __future__ import annotations

import pytest

from airflow_provider_mlconnector.http.headers import date_of, waiting


def test_retry_after_may_be_seconds_or_a_date() -> None:
    assert waiting("77") == 77
    assert waiting("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert waiting("Fri, 01 Jan 2999 00:00:00 GMT") > 1e9  # type: ignore[operator]


@pytest.mark.parametrize("header", [None, "", "soon"])
def test_what_can_not_be_read_says_nothing(header: str | None) -> None:
    assert waiting(header) is None
    assert date_of(header) is None
