"""Prints the CloudFormation that AWS makes of a SAM template, as JSON."""

import json
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    def load(self):
        return {}


with open(sys.argv[1]) as file:
    template = yaml_parse(file.read())
for resource in template["Resources"].values():
    for name in ("CodeUri", "ContentUri"):
        # Where a deployment has uploaded it to.
        if name in resource["Properties"]:
            resource["Properties"][name] = "s3://bucket/key"
print(json.dumps(transform(template, {}, NoManagedPolicies()), indent=2))
