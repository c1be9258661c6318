"""Run by `.venv-edi`: pyx12's reader says what is wrong with the envelopes of X12 files.

A JSON object of Base64 by name comes in, one of lists of texts by name goes out.
"""

import base64
import io
import json
import sys
from collections.abc import Iterator
from importlib import import_module

# By name: types are checked where it isn't installed.
reader_of = import_module("pyx12.x12file").X12Reader
X12Error = import_module("pyx12.errors").X12Error


def found(content: bytes) -> Iterator[str]:
    """The messages about one file."""
    try:
        reader = reader_of(io.StringIO(content.decode("latin-1")))
        for segment in reader:
            yield from (f"{segment.get_seg_id()}: {error[2]}" for error in reader.pop_errors())
        reader.cleanup()
        yield from (error[2] for error in reader.pop_errors())
    except (X12Error, IndexError) as error:
        # IndexError: a trailer that closes nothing.
        yield f"unreadable: {error}"


if __name__ == "__main__":
    files = {name: base64.b64decode(content) for name, content in json.load(sys.stdin).items()}
    json.dump({name: list(found(content)) for name, content in files.items()}, sys.stdout)
