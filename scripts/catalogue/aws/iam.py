"""Operation to IAM actions, with their access levels."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

# The access levels of IAM are lists such as "Permissions management, Write": the strictest word counts.
LEVELS = (("Permissions management", "p"), ("Tagging", "t"), ("Write", "w"), ("Read", "r"), ("List", "l"))
LISTS = re.compile(r"^List[A-Z]")
READS = re.compile(r"^(Get|Describe|Search|Head|BatchGet|BatchDescribe)([A-Z]|$)")


@dataclass(frozen=True)
class Action:
    prefix: str
    name: str
    level: str
    # Where the name comes from: catalogue, override, rule or heuristic.
    source: str


class Iam:
    def __init__(self, folder: Path, overrides: dict):
        self.overrides = overrides
        self.services: dict[str, dict[str, dict]] = {}
        self.resources: dict[str, dict[str, dict]] = {}
        for path in sorted((folder / "data/actions").glob("*.json")):
            actions = json.loads(path.read_text()).values()
            self.services[path.stem] = {each["name"]: each for each in actions}
        for path in sorted((folder / "data/resourceTypes").glob("*.json")):
            self.resources[path.stem] = json.loads(path.read_text())

    def all_prefixes(self) -> list[str]:
        return sorted(self.services)

    def of_prefix(self, prefix: str) -> list[Action]:
        return [Action(prefix, name, self.level(prefix, name), "catalogue") for name in self.services[prefix]]

    def level(self, prefix: str, name: str) -> str:
        text = self.services[prefix][name]["accessLevel"]
        return next(letter for word, letter in LEVELS if word in text.split(", "))

    def prefixes(self, model) -> list[str]:
        """IAM prefixes of a service, the usual one first."""
        alias = self.overrides["serviceAlias"]
        signing = model.signing_name
        found = alias.get(model.service_name) or alias.get(signing) or alias.get(model.endpoint_prefix)
        if found is None:
            found = [signing]
            found += [each for each in (model.endpoint_prefix, model.service_name) if each in self.services]
        known = [each for each in dict.fromkeys(found) if each in self.services]
        return known or [found[0]]

    def find(self, prefix: str, name: str) -> str | None:
        """The name as IAM spells it: it differs from the API in the case of acronyms."""
        actions = self.services.get(prefix, {})
        if name in actions:
            return name
        return next((each for each in actions if each.lower() == name.lower()), None)

    def actions(self, model, operation) -> list[Action]:
        prefixes = self.prefixes(model)
        name = operation.name
        replaced = self.overrides["operationOverrides"].get(model.service_name, {}).get(name)
        if replaced:
            return [self.named(each, prefixes[0], "override") for each in replaced]
        for prefix in prefixes:
            spelled = self.find(prefix, name)
            if spelled:
                return [Action(prefix, spelled, self.level(prefix, spelled), "catalogue")]
        for rule in self.overrides["rules"].get(model.service_name, []):
            if re.search(rule["operation"], name):
                names = [each.replace("{method}", operation.http["method"]) for each in rule["actions"]]
                return [self.named(each, prefixes[0], "rule") for each in names]
        return [Action(prefixes[0], name, guess(name), "heuristic")]

    def named(self, text: str, prefix: str, source: str) -> Action:
        service, _, name = text.rpartition(":")
        service = service or prefix
        if name not in self.services[service]:
            raise SystemExit(f"overrides.json names {service}:{name}, which IAM does not know")
        return Action(service, name, self.level(service, name), source)


def guess(name: str) -> str:
    if LISTS.match(name):
        return "l"
    return "r" if READS.match(name) else "w"
