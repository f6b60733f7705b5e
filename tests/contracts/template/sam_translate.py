"""Translates the template as AWS does, with SAM's own translator; run by SAM's interpreter.

    .tools/sam/bin/python tests/contracts/template/sam_translate.py '{"Release": "..."}' ...

Prints one translated template for each set of parameters, as a JSON list, each made in a second of
its own: SAM names by the second what it deploys each time.
"""

import json
import logging
import sys
import time
from pathlib import Path

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

logging.disable(logging.CRITICAL)
SOURCE = Path("template.yaml").read_text(encoding="utf-8")
SESSION = boto3.Session(region_name="us-west-2")


def translated(parameters: dict[str, str]) -> dict[str, object]:
    """Return the template as AWS would carry it out; `AvisoLayer` names another build of it."""
    uploads = {"AvisoLayer": parameters.pop("AvisoLayer", "AvisoLayer")}
    time.sleep(1.05 - time.time() % 1)
    template = json.loads(json.dumps(yaml_parse(SOURCE)))  # anchors written out, as by `sam build`
    for name, resource in template["Resources"].items():
        for place in ("CodeUri", "ContentUri"):  # as uploaded
            if place in resource.get("Properties", {}):
                resource["Properties"][place] = f"s3://uploads/{uploads.get(name, name)}"
    defaults = {n: str(p["Default"]) for n, p in template["Parameters"].items() if "Default" in p}
    found: dict[str, object] = Translator({}, Parser(), None, SESSION).translate(
        template, defaults | parameters
    )
    return found


json.dump([translated(json.loads(each)) for each in sys.argv[1:]], sys.stdout, default=str)
