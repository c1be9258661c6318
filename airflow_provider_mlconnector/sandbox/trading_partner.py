"""A trading partner's own system: takes EDI files out of a folder, and puts its acknowledgments into another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from airflow_provider_mlconnector.formats.edifact import read as edifact
from airflow_provider_mlconnector.formats.x12 import read as x12


class TradingPartner:
    """Answers what it was sent, each file once.

    Args:
        outbound: the folder that it is sent files into.
        acks: the folder for its acknowledgments.
    """

    def __init__(self, outbound: Path, acks: Path) -> None:
        self._outbound = outbound
        self._acks = acks
        self._answered: set[str] = set()

    def answer(self, pattern: str, rejected: Collection[int] = ()) -> list[str]:
        """Acknowledge the new files of this name.

        Args:
            pattern: of the files' names, such as `BILLS_*`.
            rejected: which sets of each file are rejected, by their place from 1; the others are accepted.

        Returns:
            The names of the acknowledgments.
        """
        made = []
        for file in sorted(self._outbound.glob(pattern)):
            if file.name in self._answered:
                continue
            self._answered.add(file.name)
            data = file.read_bytes()
            answer = _x12(data, rejected) if data.lstrip().startswith(b"ISA") else _edifact(data, rejected)
            name = f"{file.stem}.ack"
            (self._acks / name).write_bytes(answer)
            made.append(name)
        return made


def _x12(data: bytes, rejected: Collection[int]) -> bytes:
    """A 997 that lists every set (sheet edi.md, 2.7)."""
    (sent,) = x12.interchanges(data)
    head = sent.header.elements
    group = next(segment for segment in sent.segments if segment.tag == "GS")
    sets = [segment for segment in sent.segments if segment.tag == "ST"]
    body = [f"AK1*{group.at(1)}*{group.at(6)}"]
    for place, one in enumerate(sets, 1):
        body.append(f"AK2*{one.at(1)}*{one.at(2)}")
        if place in rejected:
            where, unit = _first_line(sent.segments, one)
            body += [f"AK3*IT1*{where}**8", f"AK4*3*355*7*{unit}", "AK5*R*5"]
        else:
            body.append("AK5*A")
    bad = sum(place in rejected for place in range(1, len(sets) + 1))
    state = "A" if not bad else "R" if bad == len(sets) else "P"
    body.append(f"AK9*{state}*{len(sets)}*{len(sets)}*{len(sets) - bad}")
    us, them = f"{head[6]:<15}", f"{head[8]:<15}"
    number = head[13]
    lines = [
        f"ISA*00*          *00*          *{head[7]}*{them}*{head[5]}*{us}*{head[9]}*{head[10]}*U*00401*{number}*0*T*>",
        f"GS*FA*{group.at(3)}*{group.at(2)}*{group.at(4)}*{group.at(5)}*{int(number)}*X*004010",
        "ST*997*0001",
        *body,
        f"SE*{len(body) + 2}*0001",
        f"GE*1*{int(number)}",
        f"IEA*1*{number}",
    ]
    return "".join(f"{line}~\n" for line in lines).encode()


def _first_line(segments: Sequence[x12.Segment], header: x12.Segment) -> tuple[int, str]:
    """Where a set's first IT1 stands, ST being 1, and the unit in it: what this partner finds fault with."""
    begins = segments.index(header)
    for number, segment in enumerate(segments[begins:], 1):
        if segment.tag == "IT1":
            return number, segment.at(3)
    return 1, ""


def _edifact(data: bytes, rejected: Collection[int]) -> bytes:
    """A CONTRL (sheet edi.md, 3.3)."""
    (sent,) = edifact.interchanges(data)
    head = sent.header
    us, them = (":".join(head.all_of(place)) for place in (2, 3))
    number = head.at(5)
    messages = [segment for segment in sent.segments if segment.tag == "UNH"]
    bad = [message for place, message in enumerate(messages, 1) if place in rejected]
    body = [f"UCI+{number}+{us}+{them}+7"]
    for message in bad:
        body += [f"UCM+{message.at(1)}+{':'.join(message.all_of(2))}+4+13", "UCS+4+13"]
    lines = [
        f"UNB+UNOC:3+{them}+{us}+{':'.join(head.all_of(4))}+{number}",
        "UNH+1+CONTRL:D:3:UN",
        *body,
        f"UNT+{len(body) + 2}+1",
        f"UNZ+1+{number}",
    ]
    return ("UNA:+.? '" + "".join(f"{line}'" for line in lines)).encode("iso-8859-1")
