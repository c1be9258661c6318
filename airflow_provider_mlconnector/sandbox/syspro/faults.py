"""How this SYSPRO misbehaves: its faults, and by what each may be narrowed."""

from __future__ import annotations

FAULTS = {
    # both services
    "throttle": "answer 503 with Retry-After: `value` seconds",
    "status": "answer with HTTP status `value` and an HTML page",
    "slow": "wait `value` seconds before answering",
    "hang": "accept the request and never answer",
    "lost_answer": "do the work, then close the connection without a word",
    "drop": "close the connection after `value` bytes of the body (default: half of it)",
    "wrong_length": "declare a Content-Length that is `value` bytes off",
    "html": "answer 200 with an HTML page instead of data",
    "truncated": "leave out the second half of the body, with a fitting Content-Length",
    "event": "before answering, let `kind` happen with `params`",
    "key_padding": "show keys padded as `value` says: `zero`, `space` or `trailing`",
    # e.net
    "evict_session": "another sign-in has ended the session",
    "session_timeout": "the session has been idle for too long",
    "exception": "answer `ERROR: e.net exception raised: <value>` (default 100000)",
    "body": "wrap bodies as `value` says: `json_quoted` or `string_wrapped`",
    # posts of e.net
    "bad_gateway": "do the work, then answer with HTTP status `value` (default 504) and an HTML page",
    "late_work": "do the work `value` seconds later, or before the answer to the `requests`-th request from now, or at "
    "the admin call `release`, whether or not the caller still waits; with `drop` the connection closes at once; with "
    "`fenced` the work is not done if the session has ended meanwhile",
    "evict_mid_post": "end the session after `value` items of the document (default: half of them), which stay posted",
    "refuse_half": "refuse every second item of the document; with `partly` the others are posted whatever "
    "ApplyIfEntireDocumentValid says",
    # OData pages
    "lower_cap": "give at most `value` rows a page",
    "next_link": "say where the next page is (@odata.nextLink)",
    "ieee754_ignored": "give decimals as number tokens although strings were asked for",
    "zulu": "show dates with a `Z`",
    "nan": "NaN in number column `column` of row `row`",
    "long_number": "a number of 30 digits in number column `column` of row `row`",
    "bad_number": "text in number column `column` of row `row`",
    "row_without_key": "no key in row `row`",
    "null_cursor": "null in date column `column` of row `row`",
    "year_one_cursor": "0001-01-01 in date column `column` of row `row`",
    "column_missing": "no column `column` in row `row`",
    "new_column": "a column `column` (default NewColumn) that nobody asked for, in every row",
    "big_page": "pad the page to `value` bytes (default 50 MB)",
}
WHERE = {"service", "operation", "table", "bo"}
