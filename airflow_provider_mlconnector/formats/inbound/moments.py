"""Dates and times as others write them: by an explicit list of forms, and never by guessing."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_PARTS = {"%Y", "%m", "%d", "%H", "%M", "%S", "%z"}


def _check_form(form: str) -> str:
    parts = re.findall(r"%.?", form)
    if unknown := [part for part in parts if part not in _PARTS]:
        raise ValueError(f"{', '.join(unknown)} can't be used in a date's form; use %Y %m %d %H %M %S %z")
    if missing := [part for part in ("%Y", "%m", "%d") if part not in parts]:
        raise ValueError(f"a date can't be read without {', '.join(missing)}")
    if "%z" in form and not form.endswith("%z"):
        raise ValueError("%z stands last")
    return form


DateForm = Annotated[str, AfterValidator(_check_form)]
