"""How this gateway misbehaves: its faults, and by what each may be narrowed."""

from __future__ import annotations

FAULTS = {
    # before the gateway
    "http_status": "answer with HTTP status `value` (default 500) and an empty body",
    "html_503": "answer with status `value` (default 503; 520 to 524) and Cloudflare's HTML page",
    "html": "answer 200 with an HTML page instead of XML",
    "gw_0010": "answer 429 with GW-0010; `body`: `xml` (default), `empty` or `html`; `retry_after`: such a header",
    "gw_0011": "answer 400 with GW-0011, Invalid Request",
    "gw_401": "answer 401 with XMLGW_JPP0002",
    "slow": "wait `value` seconds (default 1) before answering",
    "hang": "accept the request and never answer",
    "drop": "close the connection after `value` bytes of the body (default: half of it)",
    "lost_answer": "do the work, then close the connection without a word",
    "truncated": "leave out the second half of the XML, with a fitting Content-Length",
    "wrong_length": "declare a Content-Length that is `value` bytes off (default 100)",
    "no_root": "write the answer twice, so that it has no single root",
    "doctype": "put a document type with an entity before the answer",
    "big_page": "pad the answer to `value` bytes (default 50 MB)",
    "event": "before answering, let `kind` happen with `params`",
    # control and operation
    "control_error": "fail at the control level with `errorno`, `description2`, `description`, `correction`",
    "operation_error": "fail at the operation level with the same options",
    "invalid_session": "revoke the session that the request uses, and say so",
    # functions
    "error": "fail with the same options (default DL02000001, There was an error processing the request.)",
    "bare_failure": "fail without saying why",
    "partial_data": "fail with an error, and give the data none the less",
    "lost_result": "leave the function's result out of the answer",
    "wrong_control_id": "answer with another control id than the function's",
    "drift": "before the page is read, change its query's first `n` (default 1) records; `act`: `touch` (default: they "
    "are modified now) or `delete`",
    # pages
    "lower_case": "write objects and fields in lower case",
    "iso_dates": "write dates and timestamps in ISO form",
    "wrong_counts": "say that `value` (default 0) records remain, whatever is true",
    "null_cursor": "no WHENMODIFIED (or `column`) in row `row`",
    "bad_date": "a WHENMODIFIED (or `column`) that is no date in row `row`",
    "bad_number": "a TRX_TOTALENTERED (or `column`) that is no number in row `row`",
    "long_number": "a TRX_TOTALENTERED (or `column`) of 30 digits in row `row`",
    "row_without_key": "no RECORDNO in row `row`",
    "field_missing": "no field `column` in any row",
    "new_field": "a field `column` (default NEWFIELD) that nobody asked for in every row",
    "repeat_row": "row `row` twice",
    "lose_row": "leave row `row` out, and count it",
}
WHERE = {"function", "object", "offset", "controlid", "door"}
