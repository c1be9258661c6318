"""The command line of `make chaos`: which flows it runs, what it says last of each, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import pytest

from tests.chaos import __main__ as command
from tests.chaos.seeds import Found
from tests.chaos.verdict import Verdict


@pytest.mark.parametrize(
    ("flow", "bad", "lines", "code"),
    [
        (
            "all",
            "",
            [
                "chaos: intacct_to_sftp, 2 schedules, 0 lost, 0 doubled, 0 stuck",
                "chaos: stampli_to_syspro, 2 schedules, 0 lost, 0 doubled, 0 stuck",
                "chaos: syspro_to_sftp, 2 schedules, 0 lost, 0 doubled, 0 stuck",
            ],
            0,
        ),
        (
            "all",
            "intacct_to_sftp",
            [
                "chaos: intacct_to_sftp, 2 schedules, 1 lost, 0 doubled, 0 stuck",
                "chaos: stampli_to_syspro, 2 schedules, 0 lost, 0 doubled, 0 stuck",
                "chaos: syspro_to_sftp, 2 schedules, 0 lost, 0 doubled, 0 stuck",
            ],
            1,
        ),
        ("syspro_to_sftp", "", ["chaos: syspro_to_sftp, 2 schedules, 0 lost, 0 doubled, 0 stuck"], 0),
    ],
)
def test_each_flow_has_a_closing_line_and_any_one_can_fail_it(
    flow: str,
    bad: str,
    lines: Sequence[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def found(name: str, seeds: Sequence[int], jobs: int) -> Iterator[Found]:
        assert jobs > 0
        yield from (Found(seed, Verdict("lost" if name == bad and seed == 8 else "")) for seed in seeds)

    monkeypatch.setattr(command, "found", found)
    monkeypatch.setattr(sys, "argv", ["chaos", "--flow", flow, "--schedules", "2", "--seed", "7"])
    assert command.main() == code
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("chaos:")] == lines
