"""SYSPRO as a target: documents posted over e.net, found again after a lost answer, and checked beforehand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import Any

from airflow_provider_mlconnector.errors import InDoubtError, IntegrityError, MlconnectorError, RejectedError
from airflow_provider_mlconnector.streams.fingerprint import key_text
from airflow_provider_mlconnector.streams.target import Attempt, Document, Found, Identity, Outcome, Problem, Result
from airflow_provider_mlconnector.systems.syspro.config import SysproConfig
from airflow_provider_mlconnector.systems.syspro.enet import EnetClient, PostAnswer
from airflow_provider_mlconnector.systems.syspro.posting import outcomes
from airflow_provider_mlconnector.systems.syspro.posting.documents import FieldProblem
from airflow_provider_mlconnector.systems.syspro.posting.judging import Judge, doubt
from airflow_provider_mlconnector.systems.syspro.posting.kind import (
    Call,
    DocumentKind,
    Parcel,
    padded,
    verdict,
)
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings
from airflow_provider_mlconnector.systems.syspro.posting.sitting import Sitting
from airflow_provider_mlconnector.systems.syspro.posting.sizes import Room
from airflow_provider_mlconnector.systems.syspro.session import SessionLostError

# Seconds for what comes before a call; a call that is begun later might outlive `longest_call`.
_READY_WITHIN = 30.0
_WIDEST_ID = "W" * 30


class SysproTarget:
    """One company of a SYSPRO server, for one kind of document. Implements `streams.target.Target`.

    Rows are normalised at every door: keys are padded as the connection's `key_rules` say.

    Args:
        config: the connection.
        client: the e.net client.
        sitting: the session and its age.
        kind: the kind of document.
        settings: the site's decisions.
        scrubbed: takes secrets out of a text.
        clock: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        config: SysproConfig,
        client: EnetClient,
        sitting: Sitting,
        kind: DocumentKind,
        settings: PostingSettings,
        scrubbed: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._client = client
        self._sitting = sitting
        self._kind = kind
        self._settings = settings
        self._room = Room(config, client, settings.max_body_bytes)
        self._packed: dict[str, Parcel] = {}
        self._judge = Judge(kind, settings, scrubbed)
        self._clock = clock
        self.longest_call = timedelta(seconds=_READY_WITHIN + config.total_timeout)

    def identity(self, rows: Sequence[Mapping[str, Any]]) -> Identity:
        """Server and company, the kind of document, and its key; see `Target`."""
        kind, key = self._kind.identity(self._padded(rows))
        return Identity(company_name(self._config), kind, key_text(key))

    def shown(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """See `Target`."""
        return self._kind.shown(self._padded(rows))

    def unique(self, identity: Identity) -> bool:
        """See `Target`."""
        return self._kind.unique(identity.kind)

    def replaces(self, identity: Identity) -> bool:  # noqa: ARG002 - see the port
        """See `Target`."""
        return self._kind.replaces

    def check(self, documents: Sequence[Document]) -> Sequence[Problem | None]:
        """The document itself, then what it refers to, then whether it fits into a call; see `Target`."""
        ready = [self._normal(each) for each in documents]
        problems = [verdict(self._kind.local, each.rows) for each in ready]
        sound = [place for place, problem in enumerate(problems) if problem is None]
        referred = self._kind.referred([ready[place] for place in sound]) if sound else []
        for place, problem in zip(sound, referred, strict=True):
            problems[place] = problem
        self._check_sizes(ready, problems)
        return problems

    def cause_gone(self, cause: str) -> bool:
        """See `Target`; what was found once is remembered for as long as this object lives."""
        return self._kind.gone(cause)

    def calls(self, attempts: Sequence[Attempt], most: int) -> Iterator[Sequence[Attempt]]:
        """Attempts of one bucket, such as one period, share a call; see `Target`."""
        parcels = self._kind.parcels([self._normal_attempt(each) for each in attempts])
        self._packed.update({each.own_id: parcel for each, parcel in zip(attempts, parcels, strict=True)})
        ordered = sorted(zip(parcels, attempts, strict=True), key=lambda pair: pair[0].bucket)
        for bucket, pairs in groupby(ordered, key=lambda pair: pair[0].bucket):
            every = list(pairs)
            start = 0
            for count in self._counts(bucket, [parcel.item for parcel, _ in every], most):
                yield [attempt for _, attempt in every[start : start + count]]
                start += count

    def renew(self) -> None:
        """See `Target`."""
        self._sitting.renew_if_old()
        self._sitting.hold()

    def fence(self) -> None:
        """Sign in anew: an operator has one session, so the one of a lost call ends with it (sheet 4.1)."""
        self._sitting.renew()

    def post(self, attempts: Sequence[Attempt]) -> Sequence[Result]:
        """One call, sent once; see `Target`.

        A session that was gone is signed in anew here and the attempts are in doubt, not in flight: an eviction may
        come in the middle of a document, and whoever keeps the intents decides what is sent again.
        """
        began = self._clock()
        ready = [self._normal_attempt(each) for each in attempts]
        try:
            self._sitting.begin()
            call = self._call(self._unpacked(ready))
        except FieldProblem as problem:
            reason = f"{problem.field}: {problem.reason}; nothing was sent"
            return [Result(Outcome.REFUSED, reason=reason)] * len(ready)
        if call is None:
            keys = ["/".join(self._kind.identity(each.document.rows)[1]) for each in ready]
            return [Result(Outcome.POSTED, key, answer="nothing to change") for key in keys]
        if self._clock() - began > _READY_WITHIN:
            late = f"Getting ready (a logon, the current period) took over {_READY_WITHIN:.0f} s; nothing was sent."
            return [doubt(late)] * len(ready)
        if self._sitting.is_younger():
            # Whoever signed in anew has looked for these since, and may have posted them.
            return [doubt("The session was renewed after the intent; nothing was sent.")] * len(ready)
        return self._posted(ready, call)

    def look_up(self, attempts: Sequence[Attempt]) -> Sequence[Found | None]:
        """See `Target`."""
        return self._kind.look_up([self._normal_attempt(each) for each in attempts]) if attempts else []

    def rehearse(self, documents: Sequence[Document]) -> Iterator[str]:
        """For each document the parameters and the document as they would be sent, and SYSPRO's ValidateOnly answer."""
        for each in documents:
            attempt = Attempt(self._normal(each), "REHEARSAL")
            try:
                self._kind.local(attempt.document.rows)
                (parcel,) = self._kind.parcels([attempt])
                call, asked = self._call([parcel]), self._call([parcel], validate_only=True)
            except FieldProblem as problem:
                yield f"{each.shown}: not sent: {problem.field}: {problem.reason}"
                continue
            if call is None:
                yield f"{each.shown}: nothing to change"
                continue
            said = "not asked: the payment template has no ValidateOnly" if asked is None else self._validated(asked)
            where = f"{call.path} {call.business_object}"
            yield f"{each.shown}: {where}\n{call.parameters}\n{call.document}\nSYSPRO: {said}"

    def _validated(self, call: Call) -> str:
        try:
            answer = self._sent(call)
        except MlconnectorError as error:
            return str(error)
        if outcomes.clean(answer):
            return f"valid; {self._judge.summary(answer)}"
        return f"refused: {outcomes.reason(answer, self._settings)}"

    def _posted(self, attempts: Sequence[Attempt], call: Call) -> Sequence[Result]:
        try:
            answer = self._sent(call)
        except SessionLostError as lost:
            self._sitting.renew()
            return [doubt(f"{lost.message} Signed in anew.")] * len(attempts)
        except InDoubtError as lost:
            return [doubt(lost.message, in_flight=True)] * len(attempts)
        except RejectedError as refused:
            return self._judge.unsure(attempts, refused.message, refused.message)
        return self._judge.answered(attempts, answer)

    def _sent(self, call: Call) -> PostAnswer:
        if call.path.startswith("Setup/"):
            action = call.path.removeprefix("Setup/")
            return self._client.setup(action, call.business_object, call.parameters, call.document)
        return self._client.transaction_post(call.business_object, call.parameters, call.document)

    def _call(self, parcels: Sequence[Parcel], *, validate_only: bool = False) -> Call | None:
        items = [parcel.item for parcel in parcels]
        if not any(items):
            return None
        return self._kind.call(parcels[0].bucket, items, validate_only=validate_only)

    def _unpacked(self, attempts: Sequence[Attempt]) -> list[Parcel]:
        packed = [self._packed.pop(each.own_id, None) for each in attempts]
        known = [parcel for parcel in packed if parcel is not None]
        parcels = known if len(known) == len(attempts) else list(self._kind.parcels(attempts))
        if len({parcel.bucket for parcel in parcels}) > 1:
            raise IntegrityError(
                "Documents that can't share a call of SYSPRO were put into one.", "Post them as calls() says."
            )
        return parcels

    def _counts(self, bucket: str, items: Sequence[str], most: int) -> Iterator[int]:
        try:
            empty = self._kind.call(bucket, []) if any(items) else None
        except FieldProblem:
            # Refused when it is posted, one by one like everything else that can't be sent.
            empty = None
        if empty is not None:
            yield from self._room.fill(empty, items, most)
        elif items:
            yield from (min(most, len(items) - start) for start in range(0, len(items), most))

    def _check_sizes(self, documents: Sequence[Document], problems: list[Problem | None]) -> None:
        sound = [place for place, problem in enumerate(problems) if problem is None]
        parcels = self._kind.parcels([Attempt(documents[place], _WIDEST_ID) for place in sound]) if sound else []
        empties: dict[str, Call | None] = {}
        for place, parcel in zip(sound, parcels, strict=True):
            if parcel.item and parcel.bucket not in empties:
                empties[parcel.bucket] = self._kind.call(parcel.bucket, [])
            empty = empties.get(parcel.bucket)
            complaint = self._room.complaint(empty, parcel.item) if empty is not None else ""
            if complaint:
                problems[place] = Problem("", complaint)

    def _normal(self, document: Document) -> Document:
        return replace(document, rows=self._padded(document.rows))

    def _normal_attempt(self, attempt: Attempt) -> Attempt:
        return replace(attempt, document=self._normal(attempt.document))

    def _padded(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        return padded(rows, self._config.key_rules)


def company_name(config: SysproConfig) -> str:
    """What the ledger calls a company of a server."""
    return f"syspro {config.base_url.lower()} {config.company.upper()}"
