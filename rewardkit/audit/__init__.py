"""What a reward will do to a policy, found out on rows before a GPU is touched.

    audit = Audit(reward, label="label")
    for where, judged in plan.judge():
        audit.take(where, judged)
    report = audit.close()
    for finding in findings(report):
        print(finding.severity, finding.text)

For the whole and each of its parts: how the values are distributed, what never varies, which gates never or always
stop a row, what goes along with the length of the response, and, with labels, how much is paid to wrong answers and how
often a wrong answer is ranked above a right one of the same prompt; a trainer that compares the responses to one prompt
learns from that and from nothing else.

One pass. Means, spreads and Pearson's r are sums and hold every row. Ranks are taken on a sample of the rows, drawn
with a seed, which is all of them where they fit. Groups are followed while they are open. So memory does not grow with
the rows, and the time is linear in them.

What it can't see: whether the labels are right, and what a policy will find that no row shows yet.
"""

from __future__ import annotations

from rewardkit.audit.audit import Audit
from rewardkit.audit.findings import findings
from rewardkit.audit.limits import Check, Limits, checked
from rewardkit.audit.report import Report
from rewardkit.audit.severity import Finding, Severity

__all__ = ["Audit", "Check", "Finding", "Limits", "Report", "Severity", "checked", "findings"]
