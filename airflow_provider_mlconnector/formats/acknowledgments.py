"""Acknowledgment files of either standard: told apart by their first letters."""

from __future__ import annotations

from airflow_provider_mlconnector.formats.answers import Reading, UnreadableError
from airflow_provider_mlconnector.formats.edifact import contrl
from airflow_provider_mlconnector.formats.edifact import read as edifact
from airflow_provider_mlconnector.formats.x12 import acknowledgment
from airflow_provider_mlconnector.formats.x12 import read as x12

_MARKS = b"\xef\xbb\xbf \t\r\n\x00"


def read(data: bytes) -> Reading:
    """The acknowledgments in a file.

    Raises:
        UnreadableError: it is neither X12 nor EDIFACT, or not whole.
    """
    began = data.lstrip(_MARKS)[:3]
    if began == b"ISA":
        found = [acknowledgment.answers(each) for each in x12.interchanges(data)]
    elif began in (b"UNA", b"UNB"):
        found = [contrl.answers(each) for each in edifact.interchanges(data)]
    else:
        raise UnreadableError(f"it begins with {began!r}, where X12 has ISA, and EDIFACT UNA or UNB")
    return Reading(
        tuple(answer for reading in found for answer in reading.answers),
        tuple(dict.fromkeys(other for reading in found for other in reading.others)),
    )
