"""The hosts and signing names of a service, from its endpoint rules.

A host is written without its region, suffix, `-fips` and `dualstack`: what src/actions/aws/host.ts makes of the host of a call.
A `*` in front stands for labels that differ from account to account or from resource to resource.
"""

import re

SUFFIX = r"(\{\w+#(dnsSuffix|dualStackDnsSuffix)\}|amazonaws\.com(\.cn)?|amazonaws\.eu|api\.aws|on\.aws|amazonaws-us-gov\.com"
SUFFIX += r"|aws\.amazon\.com|amazonaws\.cn|api\.amazonwebservices\.(com\.cn|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
DROPPED = re.compile(r"^(\{\w*[rR]egion\}|\{\w+#(region|implicitGlobalRegion)\}|[a-z]{2,4}(-[a-z]+)+-\d|us-gov|global|dualstack)$")

# Hosts that no endpoint rule has: older names, and those of single resources.
FURTHER = {
    "cloudsearchdomain": ["*cloudsearch"],
    "iot-data": ["*iot", "*data.iot", "*data-ats.iot"],
    "iot-jobs-data": ["*jobs.iot", "data.jobs.iot"],
    "kinesis-video-archived-media": ["*kinesisvideo"],
    "kinesis-video-media": ["*kinesisvideo"],
    "kinesis-video-signaling": ["*kinesisvideo"],
    "kinesis-video-webrtc-storage": ["*kinesisvideo"],
    "mediaconvert": ["*mediaconvert"],
    "mediastore-data": ["*data.mediastore"],
    "sqs": ["queue"],
    "timestream-query": ["*timestream"],
    "timestream-write": ["*timestream"],
    "apigatewaymanagementapi": ["*execute-api"],
}


def urls(rules) -> set[str]:
    found = set()
    if isinstance(rules, dict):
        endpoint = rules.get("endpoint")
        if isinstance(endpoint, dict) and isinstance(endpoint.get("url"), str):
            found.add(endpoint["url"])
        for value in rules.values():
            found |= urls(value)
    elif isinstance(rules, list):
        for value in rules:
            found |= urls(value)
    return found


def label_of(url: str) -> str | None:
    host = re.sub(r"^https?://([^/]*).*$", r"\1", url)
    bare = re.sub(r"\.?" + SUFFIX + "$", "", host)
    if bare == host or "#authority}" in host or host.startswith("{Endpoint}"):
        return None
    labels = [each for each in re.split(r"\.(?![^{]*\})", bare) if not DROPPED.match(each)]
    while labels and labels[0].startswith("{") and len(labels) > 1:
        labels = labels[1:] if labels[1].startswith("{") else ["*" + labels[1], *labels[2:]]
    text = ".".join(re.sub(r"-fips$", "", each) for each in labels)
    return re.sub(r"^\*?-?\{OperationType\}-", "*data-", text) if text else None


def hosts_of(model, rules) -> list[str]:
    found = {label for label in map(label_of, urls(rules)) if label}
    found |= {each.replace("*data-kinesis", "*control-kinesis") for each in found}
    found = {each for each in found if "{" not in each}
    plain = {each for each in found if not each.startswith("*")}
    for name in model.operation_names:
        prefix = (model.operation_model(name).endpoint or {}).get("hostPrefix", "")
        if prefix.startswith("{"):
            found |= {"*" + each for each in plain}
        elif prefix:
            found |= {prefix + each for each in plain}
    found.add(model.endpoint_prefix)
    found |= set(FURTHER.get(model.service_name, []))
    return sorted(found)


def signing_names_of(model, rules) -> list[str]:
    found = {model.signing_name}

    def walk(value):
        if isinstance(value, dict):
            if isinstance(value.get("signingName"), str):
                found.add(value["signingName"])
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(rules)
    return sorted(found)
