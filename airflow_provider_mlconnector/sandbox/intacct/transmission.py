"""What happens to an answer on its way: gateway and CDN instead of it, and lines that break."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from airflow_provider_mlconnector.sandbox.faults import Active
from airflow_provider_mlconnector.sandbox.intacct.envelope import gateway_failure
from airflow_provider_mlconnector.sandbox.transmission import transmitted
from airflow_provider_mlconnector.sandbox.web import Response

XML = {"Content-Type": 'text/xml; encoding="UTF-8"'}
_HTML = {"Content-Type": "text/html; charset=UTF-8", "Server": "cloudflare"}
_REQUEST_ID = "AC47C2BE:D9EE_63EBC07F.59"
_LEAST_COMPRESSED = 1000
_BIG = 50_000_000


def page(status: int) -> Response:
    """Cloudflare's page instead of an answer."""
    title = f"intacct.com | {status}: {_phrase(status)}"
    body = (
        f'<!DOCTYPE html>\n<html lang="en-US"><head><title>{title}</title></head><body>'
        f'<div id="cf-error-details" class="p-0"><h1>Error {status}</h1><br>Please try again in a few minutes.</div>'
        "</body></html>"
    )
    return Response(status, body.encode(), dict(_HTML))


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Web server is down"


def stopped(active: Active) -> Response | None:
    """What is answered before the request reaches the gateway; None where it does."""
    for name, answer in _INSTEAD.items():
        if name in active:
            return answer(**dict(active[name]))
    return None


def _too_many(body: str = "xml", retry_after: object = None) -> Response:
    # The number is known, its text is not (sheet 1.8).
    response = _gateway(429, "GW-0010", f"API rate limit exceeded [Request ID: {_REQUEST_ID}]")
    if body != "xml":
        response = page(429) if body == "html" else Response(429)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _gateway(status: int, errorno: str, text: str) -> Response:
    return Response(status, gateway_failure(errorno, text).encode(), dict(XML))


_INSTEAD: dict[str, Callable[..., Response]] = {
    "hang": lambda: Response(hang=True),
    "html_503": lambda value=503: page(int(value)),
    "http_status": lambda value=500: Response(int(value)),
    "html": lambda: page(200),
    "gw_0010": _too_many,
    "gw_0011": lambda: _gateway(400, "GW-0011", f"Invalid Request [Request ID: {_REQUEST_ID}]"),
    "gw_401": lambda: _gateway(401, "XMLGW_JPP0002", "Sign-in information is incorrect. Please check your request."),
}


def broken(text: str, active: Active) -> str:
    """An answer's XML with what is wrong with it as a whole."""
    prolog, _, rest = text.partition("\n")
    if "doctype" in active:
        entity = '<!DOCTYPE response [<!ENTITY company SYSTEM "file:///etc/hostname">]>'
        rest = entity + rest.replace("<companyid>", "<companyid>&company;", 1)
    if "no_root" in active:
        rest += rest
    if "big_page" in active:
        rest += " " * (int(active["big_page"].get("value", _BIG)) - len(prolog) - len(rest) - 1)
    if "truncated" in active:
        rest = rest[: len(rest) // 2]
    return f"{prolog}\n{rest}"


def sent(response: Response, active: Active, compress: Callable[[bytes], bytes] | None) -> Response:
    """An answer as it goes over the line."""
    body = response.body if isinstance(response.body, bytes) else b""
    if compress is not None and len(body) >= _LEAST_COMPRESSED:
        response.body = compress(body)
        response.headers["Content-Encoding"] = "gzip"
    return transmitted(response, active)
