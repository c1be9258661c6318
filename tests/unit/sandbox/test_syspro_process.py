"""The sandbox as a process of its own."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from airflow_provider_mlconnector.sandbox.demo.stages import INBOUND
from airflow_provider_mlconnector.sandbox.syspro import AdminClient, SysproSandbox
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_addresses_and_runs_until_told_to_stop(number: signal.Signals) -> None:
    command = [
        sys.executable,
        "-m",
        "airflow_provider_mlconnector.sandbox",
        "--scale",
        "30",
        "--seed",
        "4",
        "--no-sftp",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            syspro = json.loads(process.stdout.readline())["syspro"]
            version = httpx.get(f"{syspro['base_url']}{syspro['rest_path']}/GetVersion")
            assert version.text == "8.0.0.6"
            url = f"{syspro['odata_base_url']}/{syspro['company']}/ApInvoice"
            assert httpx.get(url, auth=(syspro["odata_user"], syspro["odata_password"])).json()["value"]
            assert AdminClient(syspro["admin_url"]).counts()["ApInvoice"] > 30
        finally:
            process.send_signal(number)
            output, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert (output, errors) == ("", "")


def test_its_sftp_server_has_the_folder_that_the_example_dags_name() -> None:
    command = [sys.executable, "-m", "airflow_provider_mlconnector.sandbox", "--scale", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            sftp = json.loads(process.stdout.readline())["sftp"]
            config = PartnerConfig.from_fields(
                sftp["host"], sftp["port"], sftp["user"], sftp["password"], {"host_key": sftp["host_key"]}
            )
            with PartnerSite(config, INBOUND) as site:
                assert list(site.list()) == []
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
    assert sftp["password"] != sftp["user"], "Airflow masks the password wherever it stands in a log"


def test_it_stops_while_a_request_hangs() -> None:
    with SysproSandbox(scale=10) as sandbox, httpx.Client() as client:
        sandbox.admin.fault("hang", count=1)
        with pytest.raises(httpx.ReadTimeout):
            client.get(f"{sandbox.odata_base_url}/MLC/AdmTax", timeout=0.2)
        thread = sandbox._thread
    assert not thread.is_alive()


def test_it_speaks_tls(tmp_path: Path) -> None:
    certificate, key = _self_signed()
    pem = tmp_path / "server.pem"
    pem.write_bytes(certificate + key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    with SysproSandbox(scale=10, tls=context) as sandbox:
        assert sandbox.base_url.startswith("https://")
        url = f"{sandbox.base_url}{sandbox.rest_path}/GetVersion"
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        trusting = ssl.create_default_context(cadata=certificate.decode())
        assert httpx.get(url, verify=trusting).text == "8.0.0.6"
        assert sandbox.admin.counts()


def _self_signed() -> tuple[bytes, bytes]:
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sandbox")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private
