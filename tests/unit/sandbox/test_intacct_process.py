"""The Intacct sandbox as a server: its ports, its end, and TLS."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from tests.support.intacct_calls import Calls


def test_it_takes_the_ports_that_it_is_given() -> None:
    with IntacctSandbox(scale=10) as first:
        port = httpx.URL(first.endpoint).port
        with pytest.raises(OSError, match="in use"), IntacctSandbox(scale=10, port=port or 0):
            pass
    with IntacctSandbox(scale=10, port=port or 0) as again, Calls(again) as calls:
        assert again.endpoint == first.endpoint
        assert calls.sign_in().http.status_code == 200


def test_it_stops_while_a_request_hangs() -> None:
    with IntacctSandbox(scale=10) as sandbox:
        sandbox.admin.fault("hang")
        url = httpx.URL(sandbox.endpoint)
        line = socket.create_connection((url.host, url.port))
        line.sendall(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        while not sandbox.admin.faults()[0]["hits"]:
            continue
        thread = sandbox._thread
    assert not thread.is_alive()
    assert line.recv(1) == b""
    line.close()


def test_it_speaks_tls(tmp_path: Path) -> None:
    certificate, key = _self_signed()
    pem = tmp_path / "server.pem"
    pem.write_bytes(certificate + key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    with IntacctSandbox(scale=10, tls=context) as sandbox:
        assert sandbox.endpoint.startswith("https://")
        with pytest.raises(httpx.ConnectError):
            httpx.post(sandbox.endpoint)
        trusting = ssl.create_default_context(cadata=certificate.decode())
        assert httpx.post(sandbox.endpoint, verify=trusting).status_code == 400
        assert sandbox.admin.counts()


def _self_signed() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sandbox")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    authority = x509.BasicConstraints(ca=True, path_length=None)
    certificate = builder.add_extension(host, critical=False).add_extension(authority, critical=True)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), private
