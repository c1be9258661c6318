"""The errors, by what the reader should do about them.

Every error carries a sentence about what went wrong and, where there is one, the next step for a person. Operators turn
the ones that no retry can mend into Airflow's "fail without retry".
"""

from __future__ import annotations


class MlconnectorError(Exception):
    """Base of all errors of this provider.

    Args:
        message: what went wrong: which record, which system, what it answered. Never holds a secret.
        next_step: what a person does next; empty where the message says it.
    """

    retriable = False

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message, next_step)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        """The message, followed by the next step."""
        return f"{self.message} {self.next_step}".strip()


class ConfigurationError(MlconnectorError):
    """Something that a person declared is wrong: a connection field, a mapping, a layout, a setting."""


class CredentialsError(MlconnectorError):
    """The other side refused the sign-in, or is not who it should be (host key, certificate)."""


class TransientError(MlconnectorError):
    """The other side could not answer now; the same request may succeed later.

    Args:
        message: see `MlconnectorError`.
        next_step: see `MlconnectorError`.
        retry_after: seconds that the other side asked to wait; None where it did not say.
    """

    retriable = True

    def __init__(self, message: str, next_step: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, next_step)
        self.args = (message, next_step, retry_after)
        self.retry_after = retry_after


class RejectedError(MlconnectorError):
    """The other side understood the request and refused it; sending it again changes nothing."""


class InDoubtError(MlconnectorError):
    """The other side may or may not have done what was asked; look there before anything is sent again."""


class IntegrityError(MlconnectorError):
    """Two things that must agree do not: totals, a hash, the ledger and its marker. A person looks first."""
