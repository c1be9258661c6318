"""Where in its text a declared value stands, so that a message can name file, line and field."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from airflow_provider_mlconnector.errors import ConfigurationError

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Places:
    """The lines of one YAML text, by the path of what stands there.

    Attributes:
        shown: how messages call the text; empty for a declaration that was not read from a text.
        lines: line numbers, from 1, by path.
    """

    shown: str = ""
    lines: dict[Where, int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, shown: str) -> Places:
        """Find the lines of a valid YAML text.

        Raises:
            ConfigurationError: a key stands twice; YAML itself would silently keep the last one.
        """
        places = cls(shown)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            places.collect(root, ())
        return places

    def collect(self, node: yaml.Node, at: Where) -> None:
        """Enter a node and all below it.

        Raises:
            ConfigurationError: a key stands twice.
        """
        self.lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            self._collect_keys(node, at)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.collect(item, (*at, index))

    def _collect_keys(self, node: yaml.MappingNode, at: Where) -> None:
        for key, value in node.value:
            here = (*at, str(key.value))
            line = key.start_mark.line + 1
            # "<<" merges an anchor and may stand more than once.
            if here in self.lines and key.value != "<<":
                raise ConfigurationError(self.say(here, f"stands twice, first here and again on line {line}"))
            self.lines[here] = line
            self.collect(value, here)

    def line(self, path: Where) -> int:
        """The line of a path, or of the nearest one that encloses it."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return self.lines.get(known, 1)

    def say(self, path: Where, problem: str) -> str:
        """A problem as people read it: `file, line 3, fields.Account: ...`."""
        named = ".".join(str(part) for part in path) or "document"
        return f"{self.shown}, line {self.line(path)}, {named}: {problem}" if self.shown else f"{named}: {problem}"
