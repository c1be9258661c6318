"""What a sandbox is set to when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Settings:
    """The gateway's settings.

    Attributes:
        path: where the gateway lies.
        sender_id: the sender that this sandbox knows.
        sender_password: the sender's password.
        sender_authorized: whether the company has authorised the sender.
        company: the company's id.
        users: users of the company and their passwords.
        console: a console company's id; where it is set, `console|company` and `console|company|entity` sign in, too.
        session_endpoint: what getAPISession returns: empty for this endpoint, a path of this server, `port` for this
            path on the second port, or any URL.
        bound_to_endpoint: whether a session counts only at its own endpoint.
        session_minutes: by the sandbox's clock, how long a session lives after its last use.
        shows_timeout: whether answers say `sessiontimeout`.
        timestamp_zone: IANA name of the zone that session timestamps are in.
        concurrency: requests at once; one more is answered with GW-0010.
        work_seconds: how long each answer takes.
        audit: whether the user may see AUDITHISTORY.
        denied: objects that the user may not see.
        missing_fields: fields that this company doesn't have, such as `APBILL.TAXSOLUTIONID`.
        lower_case: what is written in lower case: nothing, `objects`, or `all` (fields as well).
        lower_case_in: functions where it is.
        iso_dates_in: functions whose answers have ISO timestamps.
        support_ids: whether errors end in a Support ID.
        gzip: whether answers are compressed for those who accept it.
    """

    path: str = "/ia/xml/xmlgw.phtml"
    sender_id: str = "mlconnector"
    sender_password: str = "sender-secret"  # noqa: S105 - the sandbox's own
    sender_authorized: bool = True
    company: str = "mlcompany"
    users: dict[str, str] = field(default_factory=lambda: {"xml_gateway": "user-secret"})
    console: str = ""
    session_endpoint: str = ""
    bound_to_endpoint: bool = True
    session_minutes: float = 130
    shows_timeout: bool = True
    timestamp_zone: str = "UTC"
    concurrency: int = 2
    work_seconds: float = 0.0
    audit: bool = True
    denied: set[str] = field(default_factory=set)
    missing_fields: set[str] = field(default_factory=set)
    lower_case: str = ""
    lower_case_in: set[str] = field(default_factory=lambda: {"readByQuery", "readMore", "read"})
    iso_dates_in: set[str] = field(default_factory=set)
    support_ids: bool = True
    gzip: bool = True
