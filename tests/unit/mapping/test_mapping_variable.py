"""A mapping kept in an Airflow Variable: stored encrypted, and the same mapping as from a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from airflow_provider_mlconnector.mapping.load import load_mapping

TEXT = """
fields:
  Account: {from: GlCode, steps: [{lookup: accounts}]}
cross_references:
  accounts: {key: GlCode, rows: [{GlCode: 10-5500, Account: "655000"}]}
"""


@pytest.fixture
def fernet_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fernet]:
    """An Airflow whose Fernet key is set, as every deployment's should be."""
    from airflow.models.crypto import get_fernet

    key = Fernet.generate_key()
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", key.decode())
    get_fernet.cache_clear()
    yield Fernet(key)
    get_fernet.cache_clear()


def test_a_variable_holds_the_mapping_encrypted(fernet_key: Fernet, tmp_path: Path) -> None:
    from airflow.models.variable import Variable

    variable = Variable(key="syspro_gl_mapping", val=TEXT)  # type: ignore[no-untyped-call]
    assert variable.is_encrypted
    assert "GlCode" not in variable._val
    assert fernet_key.decrypt(variable._val).decode() == TEXT

    path = tmp_path / "gl.yaml"
    path.write_text(TEXT, encoding="utf-8")
    text = variable.get_val()  # type: ignore[no-untyped-call]
    assert load_mapping(text, "Variable syspro_gl_mapping").fingerprint() == load_mapping(path).fingerprint()
