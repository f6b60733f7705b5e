"""`make cost`: dollars a month and per 1,000 victims; writes build/cost.json and docs/cost.md."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import yaml

from infra.cost import bill, journey, page
from infra.harness import cloudformation
from infra.repository import ROOT

HERE = ROOT / "infra/cost"
SAMPLE = ROOT / "infra/agency/sample.yaml"
OUT = ROOT / "build/cost.json"
LEFT_OUT = """
Left out: logs while they are kept ($0.03 a GB and month), CloudTrail's data events of the audit
trail ($0.10 for 100,000, and their storage), texts that come in, the monthly fees of a 10DLC brand
and campaign, a Route 53 zone ($0.50), and a support plan.
"""


def main() -> int:
    """Count a run, price it, print and write the result; return the exit code."""
    from infra.compiler.kept import folder_of

    compiled = folder_of(SAMPLE, ROOT / "templates")
    prices = yaml.load((HERE / "prices.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    assumed = yaml.load((HERE / "volumes.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    with journey.imitation(str(compiled)):
        counted = journey.run()
    result = priced(counted, prices, assumed, show=True)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    settings = yaml.load(SAMPLE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    page.PAGE.write_text(page.text(result, prices, assumed, settings["messages"]), encoding="utf-8")
    print(LEFT_OUT)
    print(f"written to {OUT.relative_to(ROOT)} and docs/cost.md; prices as of {prices['as_of']}")
    return 0


def priced(
    counted: journey.Counted,
    prices: dict[str, Any],
    assumed: dict[str, Any],
    show: bool = False,
    memory: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return what build/cost.json says.

    Args:
        memory: MB of each function; None for the template's.
    """
    from aviso.runtime.metrics import METRICS

    fixed = cloudformation.fixed(prices["resources"], len(METRICS))
    fixed_usd = sum(dollars for _, dollars in fixed.values())
    if show:
        show_counted(counted)
        print("\nFixed, a month whatever happens")
        for kind, (n, dollars) in sorted(fixed.items(), key=lambda pair: -pair[1][1]):
            print(f"  {dollars:10.2f}  {n:4d} x {kind}")
        print(f"  {fixed_usd:10.2f}  in all")
    usage, messages, per_1000, a_victim = {}, {}, {}, {}
    for victims in assumed["victims_a_month"]:
        units, sent = bill.usage_units(counted, victims, assumed, memory)
        rows = bill.lines(units, prices["usage"])
        texts = bill.lines(sent, prices["messages"])
        usage_usd = sum(line.dollars for line in rows)
        messages_usd = sum(line.dollars for line in texts) + prices["messages"]["number_month"]
        a_victim = {name: count / victims for name, count in sent.items()}
        name = str(victims)
        usage[name], messages[name] = round(usage_usd, 2), round(messages_usd, 2)
        per_1000[name] = round((usage_usd + fixed_usd + messages_usd) / victims * 1000, 2)
        if show:
            show_volume(
                victims,
                rows + texts,
                usage_usd=usage_usd,
                messages_usd=messages_usd,
                per_1000=per_1000[name],
            )
    return {
        "usage_usd": usage,
        "fixed_usd": round(fixed_usd, 2),
        "messages_usd": messages,
        "messages_a_victim": a_victim,
        "per_1000_victims_usd": per_1000,
        "prices_as_of": prices["as_of"],
    }


def show_counted(counted: journey.Counted) -> None:
    """Print the counted run, per step."""
    print(f"Counted in a run of {counted.victims} victims")
    for step, units in counted.units.items():
        told = ", ".join(f"{name} {count:g}" for name, count in sorted(units.items()))
        print(f"  {step} ({counted.calls[step]} calls): {told}")


def show_volume(
    victims: int,
    rows: list[bill.BillLine],
    *,
    usage_usd: float,
    messages_usd: float,
    per_1000: float,
) -> None:
    """Print one volume's lines."""
    print(f"\n{victims:,} victims a month")
    for line in rows:
        if line.dollars >= 0.005:
            print(f"  {line.dollars:10.2f}  {line.what}: {line.units:,.0f} x ${line.price:.10g}")
    print(f"  {usage_usd:10.2f}  usage; messages apart {messages_usd:,.2f}")
    print(f"  {per_1000:10.2f}  per 1,000 victims, fixed and messages included")


if __name__ == "__main__":
    sys.exit(main())
