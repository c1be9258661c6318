"""What became of attempts, judged by SYSPRO's answer and, where that does not say it, by a look-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airflow_provider_mlconnector.errors import MlconnectorError
from airflow_provider_mlconnector.streams.target import Attempt, Found, Outcome, Result
from airflow_provider_mlconnector.systems.syspro.enet import PostAnswer
from airflow_provider_mlconnector.systems.syspro.posting import outcomes
from airflow_provider_mlconnector.systems.syspro.posting.kind import DocumentKind
from airflow_provider_mlconnector.systems.syspro.posting.settings import PostingSettings


class Judge:
    """Judges answers to posts.

    Args:
        kind: the kind of document.
        settings: the site's decisions.
        scrubbed: takes secrets out of a text.
    """

    def __init__(self, kind: DocumentKind, settings: PostingSettings, scrubbed: Callable[[str], str]) -> None:
        self._kind = kind
        self._settings = settings
        self._scrubbed = scrubbed

    def summary(self, answer: PostAnswer) -> str:
        """An answer for the record."""
        return outcomes.summary(answer, self._scrubbed(answer.raw))

    def answered(self, attempts: Sequence[Attempt], answer: PostAnswer) -> Sequence[Result]:
        """What an answer means for each of the attempts."""
        said = self.summary(answer)
        if not outcomes.clean(answer):
            reason = self._scrubbed(outcomes.reason(answer, self._settings))
            if len(attempts) == 1 and (outcomes.is_duplicate(answer, self._settings) or self._named(answer, attempts)):
                return self.unsure(attempts, reason, said)
            if len(attempts) == 1:
                return [Result(Outcome.REFUSED, reason=reason, answer=said)]
            return [Result(Outcome.DOUBT, reason=reason, answer=said)] * len(attempts)
        parts = outcomes.parts(answer, len(attempts))
        keys = [self._kind.target_key(part, each) for part, each in zip(parts, attempts, strict=True)]
        if all(keys):
            return [Result(Outcome.POSTED, key, answer=said) for key in keys]
        return self._verified(attempts, said)

    def _named(self, answer: PostAnswer, attempts: Sequence[Attempt]) -> bool:
        """Whether an answer with errors names a document all the same."""
        return bool(self._kind.target_key(outcomes.parts(answer, 1)[0], attempts[0]))

    def _verified(self, attempts: Sequence[Attempt], said: str) -> Sequence[Result]:
        """A clean answer that names no journal: SYSPRO is asked whether the documents are there."""
        told = "SYSPRO answered without an error and without a journal"
        found = self._looked_up(attempts)
        return [
            Result(Outcome.POSTED, each.target_key, answer=said)
            if each is not None and (each.ours or each.equal)
            else Result(Outcome.DOUBT, reason=f"{told}, and it was not found.", answer=said, in_flight=True, taken=True)
            for each in found
        ]

    def unsure(self, attempts: Sequence[Attempt], reason: str, said: str) -> Sequence[Result]:
        """A refusal that may hide a document that is there: that is looked up before it is believed."""
        if len(attempts) > 1:
            return [Result(Outcome.DOUBT, reason=reason, answer=said)] * len(attempts)
        try:
            (found,) = self._kind.look_up(attempts)
        except MlconnectorError as error:
            return [Result(Outcome.DOUBT, reason=f"{reason} The look-up failed: {error.message}", answer=said)]
        if found is not None and (found.ours or found.equal):
            return [Result(Outcome.DOUBT, found.target_key, f"{reason} It is there: {found.detail}", said)]
        there = f" SYSPRO has: {found.detail}" if found is not None else ""
        return [Result(Outcome.REFUSED, reason=f"{reason}{there}", answer=said)]

    def _looked_up(self, attempts: Sequence[Attempt]) -> Sequence[Found | None]:
        try:
            return self._kind.look_up(attempts)
        except MlconnectorError:
            # The post itself was answered: what it did is looked up again by whoever keeps the intents.
            return [None] * len(attempts)


def doubt(reason: str, *, in_flight: bool = False) -> Result:
    """An attempt of which nobody knows yet what became of it."""
    return Result(Outcome.DOUBT, reason=reason, in_flight=in_flight)
