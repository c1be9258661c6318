"""What the partners of an EDI flow answer: acknowledgments of what they were sent, and others that nobody waits for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from airflow_provider_mlconnector.sandbox.trading_partner import TradingPartner
from tests.chaos import x12_files
from tests.chaos.partner import PartnerFolder
from tests.chaos.transmissions import Transmission

ACCEPTED, REJECTED, RECEIVED, SENT = "accepted", "rejected", "received", "sent"
SOME_REJECTED = "partner rejects some"
ACTS = (
    "partner accepts", SOME_REJECTED, SOME_REJECTED, "partner answers tersely", "partner answers half",
    "partner answers again", "partner contradicts", "partner has received", "partner refuses whole", "partner is wrong",
)  # fmt: skip
_STRANGE = 900_000
_ACCEPTED_SET, _END = re.compile(r"AK2\*\d+\*\d+~\nAK5\*A~\n"), re.compile(r"\bSE\*(\d+)\*")
_GROUP = re.compile(r"(AK1\*\w+\*)\d+~")
_HEAD = "ISA*00*          *00*          *{them}*{us}*260401*1200*U*00401*{number}*0*T*>~"


@dataclass(frozen=True)
class Said:
    """What one answer says: of which interchange, as `Transmission.known_as`, of each set by its number, and when.

    Attributes:
        file: the answer's own name.
        arrivals: how many records had arrived by then.
        again: whether the same bytes had been there before.
    """

    file: str
    interchange: str
    sets: Mapping[str, str]
    arrivals: int
    again: bool = False


class Answers:
    """The partners' desk: answers go, one after the other by name, into the folder of acknowledgments.

    Args:
        partner: what they are sent.
        read: takes a file's name and bytes apart.

    Attributes:
        said: what was answered, in order; of half an answer only once it is whole.
        strangers: names of answers to nothing that was sent.
    """

    def __init__(self, partner: PartnerFolder, read: Callable[[str, bytes], Transmission]) -> None:
        self.said: list[Said] = []
        self.strangers: list[str] = []
        self.folder = partner.root / "acks"
        self._desk, self._drafts = partner.root.parent / "desk", partner.root.parent / "drafts"
        for folder in (self.folder, self._desk, self._drafts):
            folder.mkdir()
        self._partner, self._read = partner, read
        self._half: tuple[Path, bytes, Transmission, Mapping[str, str]] | None = None
        self._count = 0
        self._answered: set[str] = set()
        self._bytes: dict[str, bytes] = {}
        self._acts: dict[str, Callable[[int], bool]] = {
            "partner accepts": lambda _number: self._answer_new(lambda _sent: ()),
            SOME_REJECTED: lambda number: self._answer_new(lambda sent: _some(sent, number)),
            "partner answers tersely": lambda number: self._answer_new(lambda sent: _some(sent, number), _terse),
            "partner answers half": self._answer_half,
            "partner answers again": self._repeat,
            "partner contradicts": self._contradict,
            "partner has received": lambda number: self._of_envelope(number, "A", RECEIVED),
            "partner refuses whole": lambda number: self._of_envelope(number, "R", REJECTED),
            "partner is wrong": self._strange,
        }

    def act(self, name: str, number: int) -> bool:
        """Let the partner do something; False where there is nothing to do it with."""
        self.complete()
        return self._acts[name](number)

    def complete(self) -> None:
        """What was half written becomes whole."""
        if self._half:
            self._put(*self._half)
            self._half = None

    def transmissions(self) -> list[Transmission]:
        """What the partners were sent, in its order."""
        return [self._read(name, data) for name, data in self._partner.files.items()]

    def states(self) -> dict[str, dict[str, str]]:
        """By interchange and set: what the partner has said first of it; a receipt is no answer."""
        found: dict[str, dict[str, str]] = {}
        for sent in self.transmissions():
            # More than one only where numbers are used twice, which is judged by itself.
            found.setdefault(sent.known_as, {}).update(dict.fromkeys(sent.sets, SENT))
        for said in self.said:
            sets = found[said.interchange]
            for control, outcome in said.sets.items():
                if sets[control] in (SENT, RECEIVED):
                    sets[control] = outcome
        return found

    def contrary(self) -> list[str]:
        """Answers that say something else than what was said before."""
        first: dict[tuple[str, str], str] = {}
        found = []
        for said in self.said:
            clear = {control: what for control, what in said.sets.items() if what != RECEIVED}
            before = {control: first.setdefault((said.interchange, control), what) for control, what in clear.items()}
            if before != clear and not said.again:
                found.append(said.file)
        return found

    def refused(self) -> dict[tuple[str, str], int]:
        """Records that were refused, by the partner's key and file, with how many had arrived then."""
        found: dict[tuple[str, str], int] = {}
        states = self.states()
        for sent in self.transmissions():
            for record in sent.records:
                if states[sent.known_as][record.control] == REJECTED:
                    found[record.key, sent.name] = next(
                        said.arrivals
                        for said in self.said
                        if said.interchange == sent.known_as and said.sets.get(record.control) == REJECTED
                    )
        return found

    def _unanswered(self) -> list[Transmission]:
        return [sent for sent in self.transmissions() if sent.name not in self._answered]

    def _answer_new(
        self, rejects: Callable[[Transmission], Collection[int]], form: Callable[[bytes], bytes] = bytes
    ) -> bool:
        waiting = self._unanswered()
        for sent in waiting:
            rejected = rejects(sent)
            self._put(self._next_path(sent), form(self._drafted(sent, rejected)), sent, _outcomes(sent, rejected))
        return bool(waiting)

    def _answer_half(self, number: int) -> bool:
        """A file that is being written, or whose line was cut."""
        waiting = self._unanswered()[:1]
        for sent in waiting:
            rejected = _some(sent, number)
            data = self._drafted(sent, rejected)
            path = self._next_path(sent)
            path.write_bytes(data[: len(data) // 2])
            self._half = (path, data, sent, _outcomes(sent, rejected))
        return bool(waiting)

    def _repeat(self, number: int) -> bool:
        """The same bytes again, under another name."""
        whole = [said for said in self.said if not said.again]
        if not whole:
            return False
        said = whole[number % len(whole)]
        sent = next(sent for sent in self.transmissions() if sent.known_as == said.interchange)
        self._put(self._next_path(sent), self._bytes[said.file], sent, said.sets, again=True)
        return True

    def _contradict(self, number: int) -> bool:
        """Another answer to what was answered already."""
        answered = [sent for sent in self.transmissions() if sent.name in self._answered]
        for sent in answered[number % len(answered) :][:1] if answered else ():
            rejected = _some(sent, number)
            # Never the same bytes as before.
            data = self._drafted(sent, rejected) + b"\n" * (1 + self._count)
            self._put(self._next_path(sent), data, sent, _outcomes(sent, rejected))
        return bool(answered)

    def _of_envelope(self, number: int, code: str, outcome: str) -> bool:
        """A TA1: of the interchange as a whole."""
        every = self._of_x12()
        for sent in every[-1 - number % 2 :][:1]:
            note = "000" if code == "A" else "022"
            head = self._head(sent)
            ta1 = f"{head}TA1*{sent.interchange}*260401*1200*{code}*{note}~IEA*0*{self._count:09d}~"
            self._put(self._next_path(sent), ta1.encode(), sent, dict.fromkeys(sent.sets, outcome))
        return bool(every)

    def _strange(self, number: int) -> bool:
        """An answer to a group that was never sent."""
        every = self._of_x12()
        for sent in every[-1:]:
            data = _GROUP.sub(rf"\g<1>{_STRANGE + self._count}~", self._drafted(sent, ()).decode(), count=1).encode()
            path = self._next_path(sent)
            path.write_bytes(data)
            self.strangers.append(path.name)
        return bool(every)

    def _of_x12(self) -> list[Transmission]:
        return [sent for sent in self.transmissions() if sent.partner == x12_files.PARTNER]

    def _drafted(self, sent: Transmission, rejected: Collection[int]) -> bytes:
        (self._desk / sent.name).write_bytes(self._partner.files[sent.name])
        [draft] = TradingPartner(self._desk, self._drafts).answer(sent.name, rejected)
        return (self._drafts / draft).read_bytes()

    def _head(self, sent: Transmission) -> str:
        isa = self._partner.files[sent.name].decode("latin-1").split("*", 9)
        us, them = f"{isa[5]}*{isa[6]}", f"{isa[7]}*{isa[8]}"
        return _HEAD.format(them=them, us=us, number=f"{self._count:09d}")

    def _next_path(self, sent: Transmission) -> Path:
        self._count += 1
        return self.folder / f"{self._count:04d}_{sent.interchange}.ack"

    def _put(
        self, path: Path, data: bytes, sent: Transmission, sets: Mapping[str, str], *, again: bool = False
    ) -> None:
        path.write_bytes(data)
        self._bytes[path.name] = data
        self._answered.add(sent.name)
        self.said.append(Said(path.name, sent.known_as, sets, len(self._partner.arrivals), again))


def _some(sent: Transmission, number: int) -> Collection[int]:
    return [place for place in range(1, len(sent.sets) + 1) if (place + number) % 2 == 0]


def _outcomes(sent: Transmission, rejected: Collection[int]) -> dict[str, str]:
    return {control: REJECTED if at in rejected else ACCEPTED for at, control in enumerate(sent.sets, 1)}


def _terse(data: bytes) -> bytes:
    """As many partners do: only what is rejected is listed."""
    shorter, left_out = _ACCEPTED_SET.subn("", data.decode())
    return _END.sub(lambda end: f"SE*{int(end[1]) - 2 * left_out}*", shorter).encode()
