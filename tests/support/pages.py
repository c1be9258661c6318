"""README and docs as tests read them: their blocks, sections, tables and commands."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def page_text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """The text below a heading of the second level, up to the next one."""
    return page.split(f"\n## {heading}\n")[1].partition("\n## ")[0]


def rows(text_of_page: str) -> dict[str, list[str]]:
    """The cells of every table row whose first cell is a name in backticks, by that name."""
    found = re.findall(r"^\| `(\w+)` \| (.*) \|$", text_of_page, re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split(" | ")] for name, rest in found}


def shown_commands() -> list[str]:
    """Every command of ours that a page shows after a prompt."""
    prompts = (re.findall(r"^\$ airflow mlconnector (.*)$", page.read_text("utf-8"), re.MULTILINE) for page in PAGES)
    return sorted({command for found in prompts for command in found})


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
