"""What a sandbox is set to when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Settings:
    """The server's settings.

    Attributes:
        rest_path: where e.net lies.
        odata_path: where OData lies.
        operators: e.net operators and their passwords.
        company_password: the company's password.
        odata_users: OData users and their passwords; a list of its own, as in SYSPRO.
        odata_auth: `basic`, `session` (an e.net session's `UserId` as header or parameter) or `both`.
        odata_cap: rows per page at most.
        request_line_limit: bytes of a request line at most, as http.sys has it.
        too_long_status: what a longer one is answered with: 400 or 414.
        licences: e.net sessions at most; None means any number.
        idle_minutes: by the sandbox's clock, after which a session may be ended for another, or has ended
            (`idle_ends_sessions`).
        idle_ends_sessions: whether an idle session ends by itself.
        strict_user_id: whether a session's id counts only with its two trailing blanks.
        unlicensed: business objects without a licence.
        timestamps: whether OData shows the rowversion column `TimeStamp`.
        version: SYSPRO's version.
        allow_post: whether e.net takes POST with a form as well as GET.
        soap_path: where e.net answers SOAP envelopes by POST, too; empty where it doesn't.
        unknown_elements: whether posts with elements that an object doesn't have are an `error`, or those are
            `ignored`; the sheet has both (2.6).
        long_fields: whether texts longer than their column are `refused` or `truncated`; the sheet has both (4.21).
        answer_form: of posts: `full`, `no_status` (no StatusOfItems), `no_key` (no Key, the journal beside it) or
            `bare` (neither).
        omitted_fields: what an update does with elements that it leaves out: `unchanged` or `blanked`; which one
            SYSPRO does is not known.
    """

    rest_path: str = "/SYSPROWCFService/Rest"
    odata_path: str = "/SYSPRO8Odata/SYSPROOData"
    operators: dict[str, str] = field(default_factory=lambda: {"MLCONN": "operator-secret", "ADMIN": "admin-secret"})
    company_password: str = ""
    odata_users: dict[str, str] = field(default_factory=lambda: {"odata": "odata-secret"})
    odata_auth: str = "basic"
    odata_cap: int = 5000
    request_line_limit: int = 16384
    too_long_status: int = 400
    licences: int | None = None
    idle_minutes: float = 20
    idle_ends_sessions: bool = False
    strict_user_id: bool = True
    unlicensed: set[str] = field(default_factory=set)
    timestamps: bool = True
    version: str = "8.0.0.6"
    allow_post: bool = False
    soap_path: str = ""
    unknown_elements: str = "error"
    long_fields: str = "refused"
    answer_form: str = "full"
    omitted_fields: str = "unchanged"
