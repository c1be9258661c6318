"""The peer, run by `.venv-edi`: pyx12's X12Writer emits segments that it finds in a file, one a line, unchecked."""

import io
import json
import sys
import time
from importlib import import_module
from pathlib import Path

# By name: type checking happens where pyx12 isn't installed.
writer_of = import_module("pyx12.x12file").X12Writer
segment_of = import_module("pyx12.segment").Segment

lines = Path(sys.argv[1]).read_text(encoding="ascii").splitlines()
written = io.StringIO()
segments = [segment_of(line, "~", "*", ">") for line in lines]
started = time.perf_counter()
writer = writer_of(written, "~", "*", ">", "\n")
for segment in segments:
    writer.Write(segment)
writer.Close()
seconds = time.perf_counter() - started
Path(sys.argv[2]).write_text(written.getvalue(), encoding="ascii")
print(json.dumps({"seconds": seconds}))
