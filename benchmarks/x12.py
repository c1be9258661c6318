"""10,000 X12 invoices, checked and rendered, against pyx12's writer and against joining the same strings."""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pyarrow as pa

from airflow_provider_mlconnector.formats.edi.layout import EdiLayout
from airflow_provider_mlconnector.formats.edi.profile import PartnerProfile
from airflow_provider_mlconnector.formats.edi.render import ControlNumbers, render_edi
from airflow_provider_mlconnector.formats.file_names import FileNaming
from benchmarks.result import Result
from benchmarks.x12_invoices import MOMENT, THEM, US, invoices, segments, tables

_INVOICES = 10_000
# A rendering takes tenths of a second: more of them than turns, against the noise.
_AGAIN = 3
_HERE = Path(__file__).parent
_LAYOUT = EdiLayout.model_validate(
    {"format": "x12", "set": "810", "file_name": "invoices_{sequence}.x12", "document": "invoice_number"}
)
_PROFILE = PartnerProfile.model_validate(
    {
        "partner": "bench",
        "standard": "x12",
        "us": {"id": US, "qualifier": "ZZ"},
        "them": {"id": THEM, "qualifier": "ZZ"},
        "delimiters": {"suffix": "lf"},
    }
)


@dataclass(frozen=True)
class _Work:
    """The same invoices for everyone: as tables, as strings, and as the file that must come of them."""

    tables: list[pa.Table]
    segments: list[list[str]]
    expected: bytes

    def rate(self, seconds: float, written: bytes, who: str) -> float:
        """Segments a second of one turn, whose file is held against the others'."""
        if written != self.expected:
            raise SystemExit(f"{who} wrote another file")
        return len(self.segments) / seconds


def x12_810_vs_pyx12(share: float, repeat: int) -> list[Result]:
    """Segments a second, ours and those of pyx12's X12Writer, in turns."""
    return _compared("x12_810_vs_pyx12", "pyx12 X12Writer, unchecked", pyx12, share, repeat)


def x12_810_vs_bare_join(share: float, repeat: int) -> list[Result]:
    """Segments a second, ours and those of joining ready strings, in turns."""
    return _compared("x12_810_vs_bare_join", "str.join of ready strings", bare_join, share, repeat)


def _compared(
    name: str, shown: str, peer: Callable[[list[list[str]]], tuple[float, bytes]], share: float, repeat: int
) -> list[Result]:
    made = invoices(max(1, round(_INVOICES * share)))
    strings = segments(made)
    work = _Work(list(tables(made)), strings, bare_join(strings)[1])
    mine: list[float] = []
    theirs: list[float] = []
    for turn in range(repeat):
        mine.extend(work.rate(*ours(work.tables), "ours") for _ in range(_AGAIN))
        theirs.append(work.rate(*peer(strings), shown))
        print(f"{turn + 1}/{repeat} segments/s: ours {median(mine):,.0f}, {shown} {median(theirs):,.0f}", flush=True)
    return [Result(name, median(mine), "segments/s", shown, median(theirs))]


def ours(made: list[pa.Table]) -> tuple[float, bytes]:
    """Seconds that checking and rendering take, and the file."""
    written = _Kept()
    started = time.perf_counter()
    rendered(made, written)
    return time.perf_counter() - started, written.content


def rendered(made: list[pa.Table], into: io.BytesIO) -> None:
    """The one call of the product."""
    naming = FileNaming(flow="bench", stream="ap_invoices", date=MOMENT, sequence=1)
    result = render_edi(_LAYOUT, _PROFILE, iter(made), naming, ControlNumbers(1, 1, 1), lambda _name: into)
    if result.rejected:
        raise SystemExit(f"{len(result.rejected)} records were refused: {result.rejected[0]}")


def pyx12(strings: list[list[str]]) -> tuple[float, bytes]:
    """The same by pyx12, in its own environment; it times itself, from ready segments to text in memory."""
    python = _HERE.parent / ".venv-edi" / "bin" / "python"
    with tempfile.TemporaryDirectory(prefix="mlconnector-bench-") as folder:
        source, target = Path(folder, "segments"), Path(folder, "written")
        source.write_text("\n".join("*".join(each) for each in strings), encoding="ascii")
        command = [str(each) for each in (python, _HERE / "x12_writer.py", source, target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"pyx12 failed:\n{done.stderr[-2000:]}")
        return float(json.loads(done.stdout)["seconds"]), target.read_bytes()


def bare_join(strings: list[list[str]]) -> tuple[float, bytes]:
    """What no writer can beat by much: no checks, no numbers to format, nothing to count."""
    started = time.perf_counter()
    content = "".join(["*".join(each) + "~\n" for each in strings]).encode("ascii")
    return time.perf_counter() - started, content


class _Kept(io.BytesIO):
    """A file in memory whose content outlives its closing."""

    content = b""

    def close(self) -> None:
        self.content = self.getvalue()
        super().close()
