"""Applying acknowledgments: each answer finds what was sent, and its sets take the state that it gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from airflow_provider_mlconnector.engine import answers, rejections
from airflow_provider_mlconnector.engine.answers import Answer, Change, Decided, Said
from airflow_provider_mlconnector.engine.context import LaneContext
from airflow_provider_mlconnector.ledger import alerts, audit, interchanges, lanes
from airflow_provider_mlconnector.ledger.audit import Actor, Event
from airflow_provider_mlconnector.ledger.database import Ledger
from airflow_provider_mlconnector.ledger.interchanges import Interchange
from airflow_provider_mlconnector.ledger.lanes import Lane
from airflow_provider_mlconnector.staging.store import Staging

_LONGEST_DETAIL = 4_000
EVENT = "acknowledged"


@dataclass(frozen=True)
class Desk:
    """Who reads acknowledgments, and where.

    Attributes:
        ledger: the ledger.
        staging: the staging area.
        actor: who acts.
        conn_id: the connection that files come in by.
    """

    ledger: Ledger
    staging: Staging
    actor: Actor
    conn_id: str

    def lane(self, lane: Lane) -> LaneContext:
        """The engine's view of one lane."""
        return LaneContext(self.ledger, self.staging, lane.name, self.actor)


@dataclass
class Applied:
    """What the answers of one file have done: how many of what, and the lanes whose marker is to be put down."""

    counts: Counter[str] = field(default_factory=Counter)
    marks: dict[int, tuple[LaneContext, int]] = field(default_factory=dict)


def overdue_cause(sent: Interchange) -> str:
    """The cause of the alert that an interchange is overdue."""
    return f"overdue:{sent.partner}:{sent.id}"


def news_prefix(partner: str) -> str:
    """What the causes begin with of what is told once of a partner's answers, and ended by nothing else."""
    return f"acknowledged:{partner}:"


def apply(desk: Desk, connection: Connection, found: Sequence[Answer]) -> Applied:
    """Apply the answers of one file, in its transaction.

    Raises:
        IntegrityError: the ledger is behind what has been done in a lane.
    """
    applied = Applied()
    matched = [(answer, _match(connection, answer)) for answer in found]
    locked: dict[int, tuple[LaneContext, Lane]] = {}
    # In one order, so that two tasks never wait for each other.
    for lane_id in sorted({sent.lane_id for _, sent in matched if sent}):
        context = desk.lane(lanes.by_id(connection, lane_id))
        locked[lane_id] = (context, context.lock(connection))
    for answer, sent in matched:
        if sent is None:
            _orphan(desk, connection, answer, applied)
        else:
            context, lane = locked[sent.lane_id]
            _Application(desk, context, connection, lane, applied).run(answer, sent.id)
    return applied


def _match(connection: Connection, answer: Answer) -> Interchange | None:
    for partner in answer.partners:
        if answer.interchange:
            found = interchanges.of_control(connection, partner, answer.interchange)
        else:
            found = interchanges.of_group(connection, partner, answer.group_code, answer.group)
        if found:
            return found
    return None


def _orphan(desk: Desk, connection: Connection, answer: Answer, applied: Applied) -> None:
    applied.counts["orphans"] += 1
    why = "nothing was sent under this number" if answer.partners else "its ids are those of no partner profile"
    detail = "; ".join(part for part in (why, answer.reason) if part)[:_LONGEST_DETAIL]
    event = Event(EVENT, answer.shown, "orphan", system=desk.conn_id, rows=len(answer.sets), detail=detail)
    audit.record(connection, None, desk.actor, event)


@dataclass(frozen=True)
class _Application:
    """One answer, applied to the interchange that it answers, whose lane is locked."""

    desk: Desk
    context: LaneContext
    connection: Connection
    lane: Lane
    applied: Applied

    def run(self, answer: Answer, interchange_id: int) -> None:
        sent = interchanges.get(self.connection, interchange_id)
        if sent is None:
            raise LookupError(f"interchange {interchange_id}")
        sets = interchanges.sets_of(self.connection, sent.id)
        decided = answers.decide(answer, sets, sent.set_code, sent.expected or {})
        changes = {one.position: answers.change(one.state, decided.said[one.position].outcome) for one in sets}
        new = {at: decided.said[at] for at, kind in changes.items() if kind is Change.NEW}
        contrary = [at for at, kind in changes.items() if kind is Change.CONTRARY]
        state = self._change(answer, sent, new) if new else sent.state
        self._strangers(answer, sent, decided)
        if contrary:
            self._contrary(answer, sent, {at: decided.said[at] for at in contrary})
        self._record(answer, sent, state, new, contrary)

    def _change(self, answer: Answer, sent: Interchange, new: Mapping[int, Said]) -> str:
        states = {at: (said.outcome, said.reason) for at, said in new.items()}
        interchanges.set_states(self.connection, sent.id, states)
        state = answers.whole(interchanges.count_states(self.connection, sent.id))
        final = answers.ends_waiting(state, answer, sent.expected or {})
        interchanges.conclude(self.connection, sent.id, state, answer.reason, final=final)
        if final:
            alerts.resolve(self.connection, overdue_cause(sent))
        self.applied.counts.update(said.outcome for said in new.values())
        # The file may be moved away now: a restored ledger has to notice that it has forgotten this.
        seq = lanes.bump(self.connection, self.lane.id)
        self.applied.marks[self.lane.id] = (self.context, seq)
        refused = {
            at: f"{answer.shown} rejects it" + (f": {said.reason}" if said.reason else "")
            for at, said in new.items()
            if said.outcome == interchanges.REJECTED
        }
        if refused:
            done = rejections.set_aside(self.connection, self.lane, seq, sent, refused)
            self.applied.counts.update(exceptions=done.opened, overtaken=done.overtaken)
            text = f"{answer.shown} rejects {len(refused)} of {sent.sets} sets; their records stand in the exceptions."
            self._news("rejected", sent, text)
        if state == interchanges.UNKNOWN:
            said = "does not tell of every set whether it was accepted. Ask the partner."
            self._news("unclear", sent, f"{answer.shown} {said}")
        return state

    def _strangers(self, answer: Answer, sent: Interchange, decided: Decided) -> None:
        if not decided.strangers:
            return
        self.applied.counts["orphans"] += len(decided.strangers)
        named = ", ".join(f"{one.set_code} {one.control} ({one.outcome})" for one in decided.strangers)
        detail = f"{answer.shown} lists sets that were not sent in it: {named}"[:_LONGEST_DETAIL]
        self._event(sent, "orphan", len(decided.strangers), detail)

    def _contrary(self, answer: Answer, sent: Interchange, said: Mapping[int, Said]) -> None:
        self.applied.counts["contrary"] += len(said)
        named = ", ".join(f"set {at}: {one.outcome}" for at, one in list(said.items())[:20])
        detail = f"{answer.shown} contradicts an earlier one, which stands: {named}"[:_LONGEST_DETAIL]
        self._event(sent, "contrary", len(said), detail)
        self._news("contrary", sent, f"{detail}. Ask the partner which one counts.")

    def _record(
        self, answer: Answer, sent: Interchange, state: str, new: Mapping[int, Said], contrary: Sequence[int]
    ) -> None:
        if not new:
            if not contrary:
                self.applied.counts["repeated"] += 1
                self._event(sent, "repeated", 0, answer.shown)
            return
        reasons = dict.fromkeys(said.reason for said in new.values() if said.reason)
        detail = "; ".join([answer.shown, *reasons])[:_LONGEST_DETAIL]
        self._event(sent, state, len(new), detail)

    def _event(self, sent: Interchange, outcome: str, count: int, detail: str) -> None:
        about = Event(EVENT, str(sent), outcome, sent.partner, count, detail=detail, batch_id=sent.batch_id)
        self.context.record(self.connection, self.lane, about)

    def _news(self, kind: str, sent: Interchange, text: str) -> None:
        cause = f"{news_prefix(sent.partner)}{kind}:{sent.id}"
        alerts.raise_once(self.connection, cause, f"{self.lane.name}, {sent}: {text}")
