"""`make demo`: run flows on a real Airflow against the sandbox, and leave what a person would want to look at."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.sandbox.demo.flows import FLOWS
from airflow_provider_mlconnector.sandbox.demo.show import say, show

_DAGS = Path(__file__).parents[3] / "dags"


def main(arguments: list[str] | None = None) -> int:
    """Run the demo.

    Args:
        arguments: of the command line; the process's own where None.

    Returns:
        The exit code: 0 if every run succeeded.
    """
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--flow", default="", help="one flow; all of them where it is not given")
    parser.add_argument("--into", type=Path, default=Path("demo-run"), help="where files, logs and summary.json lie")
    chosen = parser.parse_args(arguments)
    chosen.flow = "" if chosen.flow == "all" else chosen.flow
    if chosen.flow and chosen.flow not in FLOWS:
        parser.error(f"there is no flow '{chosen.flow}'; there are {', '.join(FLOWS)}")
    shutil.rmtree(chosen.into, ignore_errors=True)
    summary: dict[str, dict[str, object]] = {}
    try:
        for name in [chosen.flow] if chosen.flow else FLOWS:
            runs = show(FLOWS[name], _DAGS, chosen.into / name)
            summary[name] = {"runs": [run.to_json() for run in runs]}
    except MlconnectorError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    (chosen.into / "summary.json").write_text(json.dumps({"flows": summary}, indent=2) + "\n", encoding="utf-8")
    say(f"\nFiles as the partner got them, logs, ledger and summary.json lie in {chosen.into}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
