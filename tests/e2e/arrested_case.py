"""The case of an arrest whose victim is told, and what its tables hold."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.local.stack import LocalAws

EVENTS = Path(__file__).resolve().parents[1] / "events"
STAMP = "%m/%d/%Y %H:%M"
NUMBER, VICTIM, EMAIL = "2611249301", "OP1", "ines-ops@example.com"


def files(now: datetime) -> dict[str, str]:
    """Return the case's three files, as the sample agency's records system writes them."""
    local = now - timedelta(hours=7)
    at, before = local.strftime(STAMP), (local - timedelta(days=9)).strftime(STAMP)
    return {
        "cases.csv": "INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,RPT_DT,LAST_UPD\n"
        f"{NUMBER},13-1507,ACTIVE,{before},{at}\n",
        "people.csv": "INCIDENT_NUM,NAME_ID,INVL_TYPE,FIRST_NM,LAST_NM,DOB,EMAIL,LANG,LAST_UPD\n"
        f"{NUMBER},{VICTIM},VIC,Inés,Ñáñez,04/12/1985,{EMAIL},ENG,{at}\n"
        f"{NUMBER},OPS1,SUS,Travis,Boone,07/02/1991,,ENG,{at}\n",
        "arrests.csv": "INCIDENT_NUM,ARREST_NUM,NAME_ID,ARREST_DT,LAST_UPD\n"
        f"{NUMBER},OPA1,OPS1,{at},{at}\n",
    }


def items(aws: LocalAws, table: str, pk: str = "") -> list[dict[str, Any]]:
    """Return a table's rows, or one partition's, as plain text."""
    found = aws.client("dynamodb").scan(TableName=aws.outputs[table], ConsistentRead=True)
    rows = [{k: next(iter(v.values())) for k, v in row.items()} for row in found["Items"]]
    return [row for row in rows if pk in ("", row["pk"])]


def arrest_notice(aws: LocalAws) -> dict[str, Any]:
    """Return the notice of the arrest, empty while there is none."""
    mine = (n for n in items(aws, "NoticesTable") if n.get("case") == NUMBER)
    return next((n for n in mine if n.get("kind") == "arrest"), {})
