"""What the gateway answers when it doesn't answer: three levels, as the sheet has them (1.8)."""

from __future__ import annotations

from dataclasses import dataclass

# Known texts.
WRONG_SENDER = "Incorrect Intacct XML Partner ID or password."
SIGN_IN_REFUSED = "Sign-in information is incorrect"
UNPROCESSED = "There was an error processing the request."
ROLLED_BACK = "The entire transaction in this operation has been rolled back due to an error."
SIGN_IN = "XL03000006"
MALFORMED = "XL03000003"
ABORTED = "XL03000009"
NO_PERMISSION = "PL04000005"
PROCESSING = "DL02000001"


@dataclass(frozen=True)
class Error:
    """One `error` element."""

    errorno: str
    description2: str = ""
    description: str = ""
    correction: str = ""


class IntacctError(Exception):
    """A failure with its errors."""

    def __init__(self, *errors: Error) -> None:
        super().__init__(errors[0].errorno if errors else "")
        self.errors = errors


class ControlError(IntacctError):
    """The request as a whole is refused."""


class OperationError(IntacctError):
    """Signing in is refused."""


class FunctionError(IntacctError):
    """One function failed."""


def query_failed(text: str) -> FunctionError:
    """A query that can't be run; the errorno is a text, too."""
    return FunctionError(Error("Query Failed", text))


def unknown_fields(names: str) -> FunctionError:
    """Fields that the object doesn't have, as `read` and `readByQuery` say it."""
    return FunctionError(Error(f"Invalid fields list {names}"))


def unknown_object(name: str) -> FunctionError:
    """An object that the company doesn't have."""
    return query_failed(f"Object definition {name} not found")


def no_permission(function: str, name: str) -> FunctionError:
    """An object that the user may not see."""
    operation = {"readByQuery": "READ_BY_QUERY", "readMore": "READ_MORE"}.get(function, function.upper())
    text = f"You do not have permission for API operation {operation} on objects of type {name.lower()}"
    return FunctionError(Error(NO_PERMISSION, text))
