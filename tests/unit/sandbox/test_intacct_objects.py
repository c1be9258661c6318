"""What the Intacct sandbox says of its objects, who may see them, and what AUDITHISTORY tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from tests.support.intacct_calls import Calls, compare


@pytest.fixture
def calls() -> Iterator[Calls]:
    with IntacctSandbox(scale=40) as sandbox, Calls(sandbox) as made:
        made.sign_in()
        yield made


def test_lookup_tells_the_fields_of_this_company(calls: Calls) -> None:
    answer = calls.ask("<lookup><object>APBILL</object></lookup>")
    kind = answer.data.find("Type")
    assert (kind.get("Name"), kind.get("DocumentType")) == ("APBILL", "")
    fields = {each.findtext("ID"): each for each in kind.findall("Fields/Field")}
    assert fields["RECORDNO"].findtext("DATATYPE") == "INTEGER"
    assert fields["WHENMODIFIED"].findtext("DATATYPE") == "TIMESTAMP"
    assert fields["PO_REFERENCE"].findtext("ISCUSTOM") == "true"
    words = [each.text for each in fields["STATE"].findall("VALIDVALUES/VALIDVALUE")]
    assert {"Posted", "Paid", "Selected"} <= set(words)
    relation = kind.find("Relationships/Relationship")
    assert relation.findtext("OBJECTPATH") == "VENDOR"
    assert relation.findtext("RELATEDBY") == "VENDORID"
    rows = calls.query("APBILL", " ".join(fields), size=1).rows
    assert list(rows[0]) == list(fields)


def test_a_company_may_lack_fields_and_a_user_permission() -> None:
    with (
        IntacctSandbox(scale=20, missing_fields={"APBILL.TAXSOLUTIONID"}, denied={"CLASS"}) as small,
        Calls(small) as own,
    ):
        own.sign_in()
        fields = own.ask("<lookup><object>APBILL</object></lookup>").data.findall("Type/Fields/Field")
        assert "TAXSOLUTIONID" not in {each.findtext("ID") for each in fields}
        assert "TAXSOLUTIONID" in own.query("APBILL", "RECORDNO TAXSOLUTIONID").failures()[0].description2
        failure = own.query("CLASS").failures()[0]
        assert failure.errorno == "PL04000005"
        assert "permission for API operation QUERY on objects of type class" in failure.description2


def test_inspect_is_the_older_lookup(calls: Calls) -> None:
    names = [each.text for each in calls.ask("<inspect><object>*</object></inspect>").data]
    assert {"APBILL", "VENDOR", "SODOCUMENT"} <= set(names)
    fields = calls.ask("<inspect><object>CLASS</object></inspect>").data.findall("Type/Fields/Field")
    assert fields[0].text == "RECORDNO"
    detailed = calls.ask('<inspect detail="1"><object>CLASS</object></inspect>').data.findall("Type/Fields/Field")
    assert detailed[0].findtext("dataType") == "INTEGER"


def test_deletes_stand_in_the_audit_history(calls: Calls) -> None:
    bill = calls.sandbox.admin.event("delete_bill")[0]
    vendor = calls.sandbox.admin.event("delete_vendor", vendor="LONG")[0]
    silent = calls.sandbox.admin.event("delete_bill", audited=False)[0]
    deleted = compare("equalto", "ACCESSMODE", "D")
    since = compare("greaterthanorequalto", "ACCESSTIME", "03/31/2026 12:00:00")

    def keys(kind: str) -> set[str]:
        where = f"<and>{compare('equalto', 'OBJECTTYPE', kind)}{deleted}{since}</and>"
        rows = calls.query("AUDITHISTORY", "ID OBJECTTYPE OBJECTKEY ACCESSTIME ACCESSMODE USERID", where, order="").rows
        assert {(row["ACCESSMODE"], row["ACCESSTIME"]) for row in rows} == {("D", "03/31/2026 12:00:00")}
        return {row["OBJECTKEY"] for row in rows}

    assert keys("apbill") == {str(bill["recordno"])}
    assert str(silent["recordno"]) not in keys("apbill")
    assert keys("vendor") == {vendor["key"]} == {"LONG"}


def test_the_audit_history_may_be_closed_to_a_user(calls: Calls) -> None:
    calls.sandbox.admin.settings(audit=False)
    failure = calls.query("AUDITHISTORY", "ID", order="").failures()[0]
    calls.sandbox.admin.settings(audit=True)
    assert failure.errorno == "PL04000005"
