#!/usr/bin/env python3
"""Judges `-f ocsf` by two models of the schema that others wrote, besides the one in testdata/schemas.

    python3 -m venv /tmp/oracles
    /tmp/oracles/bin/pip install py-ocsf-models==0.10.0 ocsf-pydantic==0.0.6 'pydantic[email]' pydantic-extra-types
    trailsift testdata/demo -q --raw -f ocsf > /tmp/demo.ocsf
    /tmp/oracles/bin/python tests/ocsf_oracles.py /tmp/demo.ocsf

Neither is the schema itself. What each is known to get wrong or not to know yet is named below and left out; whatever
else they complain of, or silently drop, fails the run.
"""

import json
import sys

from ocsf.events.findings.detection import DetectionFinding as Later
from py_ocsf_models.events.findings.detection_finding import DetectionFinding as Prowler

# Of OCSF 1.2.0: what came after it.
NEWER = {"is_alert", "actor"}
# Not modelled: `TODO` in its source.
LEFT_OUT = NEWER | {"evidences[].actor", "evidences[].src_endpoint"}


def paths(value, at=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{at}.{name}" if at else name
            if path != "unmapped":
                yield path
                yield from paths(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{at}[]")


def judge(model, event, left_out):
    """What the model says against an event, and what of it the model does not have."""
    try:
        back = json.loads(model.model_validate(event).model_dump_json(exclude_none=True))
    except ValueError as error:
        return [f"{'.'.join(map(str, e['loc']))}: {e['msg']} ({str(e['input'])[:60]})" for e in error.errors()]
    lost = set(paths(event)) - set(paths(back))
    return sorted(p for p in lost if not any(p == l or p.startswith((f"{l}.", f"{l}[")) for l in left_out))


def for_prowler(event):
    """It asks for names and versions that the schema only recommends, and has no observables from 11 to 19."""
    event["cloud"]["account"].setdefault("name", "unknown")
    for evidence in event.get("evidences", []):
        evidence["api"]["service"] = {"uid": "unknown", "version": "unknown", **evidence["api"]["service"]}
    for attack in event["finding_info"].get("attacks", []):
        attack["technique"].setdefault("name", "unknown")
    event["observables"] = [o for o in event.get("observables", []) if not 11 <= o["type_id"] <= 19]
    return event


def for_later(event):
    """Its list of observables ends before `User Credential ID`."""
    event["observables"] = [o for o in event.get("observables", []) if o["type_id"] != 19]
    return event


complaints, judged = set(), 0
for file in sys.argv[1:]:
    for line in open(file, encoding="utf-8"):
        judged += 1
        complaints.update(f"py-ocsf-models: {c}" for c in judge(Prowler, for_prowler(json.loads(line)), LEFT_OUT))
        complaints.update(f"ocsf-pydantic: {c}" for c in judge(Later, for_later(json.loads(line)), NEWER))
print(f"{judged} events, {len(complaints)} complaints", *sorted(complaints), sep="\n")
sys.exit(bool(complaints) or not judged)
