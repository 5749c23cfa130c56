"""What of an operation's input matters: its main resource, the members that pass a role, whether its payload is a stream."""

import re

GENERIC = {"", "resource", "arn", "id", "name", "identifier"}
ENDINGS = re.compile(r"(withpath|identifier|identifiers|ids|id|arns|arn|names|name|urls|url)$")
# Members that say what to do, not to what.
NOT_A_NAME = re.compile(
    r"^(statement|query|querystring|sql|gremlin|opencypherquery|policy|policydocument|document|permissions|configuration)$|(?<!next)token$|password|secret(?!id|arn)|api_?key$",
    re.IGNORECASE,
)
MAX_DEPTH = 6
ROLE_NAME = re.compile(r"role(arn|s|arns|name|names)?$", re.IGNORECASE)
ROLE_TEXT = re.compile(r"\bIAM\b|\brole\b.*\b(ARN|Amazon Resource Name|permission)|\b(ARN|Amazon Resource Name)\b.*\brole\b|service role", re.IGNORECASE | re.DOTALL)
NO_ROLE = re.compile(r"^(UserRole|ParticipantRole|grafanaRole|ReceiverRole|roleType|ContactParticipantRole|RoleSessionName)$")


def norm(text: str) -> str:
    text = re.sub(r"[^a-z0-9]", "", text.lower())
    while True:
        short = ENDINGS.sub("", text)
        if short == text:
            return text[:-1] if text.endswith("s") and not text.endswith("ss") else text
        text = short


def is_text(shape) -> bool:
    return shape.type_name == "string" or (shape.type_name == "list" and shape.member.type_name == "string")


def wire_name(operation, member: str, shape) -> str:
    protocol = operation.metadata["protocol"]
    name = shape.serialization.get("name", member)
    if protocol == "ec2":
        return shape.serialization.get("queryName", name[:1].upper() + name[1:])
    if protocol == "query" and shape.type_name == "list" and shape.serialization.get("flattened"):
        return shape.member.serialization.get("name", name)
    return name


def main_resource(operation, actions, iam) -> tuple[str, str] | None:
    """Type of the resource and the names on the wire, with `|` between, of the members that may say which one it is."""
    service = operation.service_model.service_name
    stated = iam.overrides["resources"].get(f"{service}:{operation.name}")
    if stated is not None:
        return tuple(stated.split("/")) if stated else None
    if operation.input_shape is None:
        return None
    members = [(name, shape) for name, shape in operation.input_shape.members.items() if is_text(shape)]
    labels = re.findall(r"\{([^}+]+)\+?\}", operation.http.get("requestUri", "").partition("?")[0])
    required = set(operation.input_shape.required_members)
    best, chosen = 0, None
    for rank, (kind, variables, listed) in enumerate(resource_types(operation, actions, iam)):
        last, known = norm(variables[-1]) if variables else "", norm(kind)
        said = listed and len(known) > 2 and known in norm(operation.name)
        for name, shape in members:
            wire, here = wire_name(operation, name, shape), norm(name)
            # What is made anew is not about the things that it may be made of.
            making = operation.name.startswith("Create") and service != "iam" and known not in norm(operation.name)
            if making and name not in required and wire not in labels:
                continue
            if (service == "sso-admin" and name == "InstanceArn") or NOT_A_NAME.search(wire):
                continue
            points = likeness(here, last, known)
            if here in GENERIC and (name in required or wire in labels):
                points = max(points, 6)
            if points == 0:
                continue
            points += 3 * (name in required) + 2 * (wire in labels) - 4 * min(rank, 2)
            points += (1 if labels and wire == labels[-1] else 0) + (3 if said and points > 8 else 0)
            if points > best:
                best, chosen = points, (type_name(operation, kind, listed, name), name, wire)
    if chosen is None:
        return (kebab(norm_label(labels[-1])) or "resource", labels[-1]) if labels else None
    kind, name, wire = chosen
    others = [wire_name(operation, other, shape) for other, shape in members if other != name and norm(other) == norm(name)]
    others = [other for other in others if norm(name) not in GENERIC and other not in labels and not NOT_A_NAME.search(other)]
    return kind, "|".join([wire, *others][:3])


def likeness(here: str, last: str, known: str) -> int:
    if here and here == last:
        return 12
    if here and here == known:
        return 11
    if len(here) > 2 and len(known) > 2 and (known.endswith(here) or here.endswith(known)):
        return 8
    return 7 if len(here) > 4 and known.startswith(here) else 0


def type_name(operation, kind: str, listed: bool, member: str) -> str:
    """As IAM calls it; for what IAM does not list, after the parameter, and for a new thing after the operation."""
    own = kebab(norm_label(re.sub(r"s$", "", member)))
    if norm(member) in GENERIC and operation.name.startswith("Create"):
        kind = kebab(re.sub(r"^[A-Z][a-z0-9]+|s$", "", operation.name))
    elif not listed and norm(member) not in GENERIC and own:
        kind = own
    kind = kind.split("/")[0].replace(" ", "-").lower()
    return re.sub(r"^rule-on-(custom|default)-event-bus$", "rule", kind)


def resource_types(operation, actions, iam):
    """(type, variables of its ARN, whether IAM lists it) by likelihood: those required, those allowed, the noun of the operation."""
    found = []
    for action in actions:
        entry = iam.services.get(action.prefix, {}).get(action.name)
        # One action of IAM for many operations says nothing about any of them.
        types = entry["resourceTypes"] if entry and action.source != "rule" else []
        for each in sorted(types, key=lambda each: not each["required"]):
            arn = iam.resources.get(action.prefix, {}).get(each["name"], {}).get("arn", "")
            variables = re.findall(r"\$\{(\w+)\}", arn)
            found.append((each["name"], [v for v in variables if v not in ("Partition", "Region", "Account")], True))
    noun = re.sub(r"^(Batch)?[A-Z][a-z0-9]+", "", operation.name)
    if noun:
        found.append((kebab(re.sub(r"s$", "", noun)), [noun], False))
    return found


def norm_label(label: str) -> str:
    return re.sub(r"(Identifier|Id|Arn|ARN|Name|Url)$", "", label)


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def role_members(operation) -> list[str]:
    """Names on the wire of members, at any depth, that hold an IAM role which the service will act as."""
    found: set[str] = set()
    # These two speak about roles; only one of their operations gives a role to a service.
    if operation.name.startswith("Assume"):
        return []
    if operation.metadata.get("serviceId") in ("IAM", "STS"):
        return ["RoleName"] if operation.name == "AddRoleToInstanceProfile" else []

    def walk(shape, depth, seen):
        if shape.name in seen or depth > MAX_DEPTH:
            return
        if shape.type_name == "structure":
            for name, member in shape.members.items():
                if is_role(name, member):
                    found.add(wire_name(operation, name, member))
                walk(member, depth + 1, seen | {shape.name})
        elif shape.type_name == "list":
            walk(shape.member, depth + 1, seen | {shape.name})
        elif shape.type_name == "map":
            walk(shape.value, depth + 1, seen | {shape.name})

    if operation.input_shape is not None:
        walk(operation.input_shape, 0, frozenset())
    return sorted(found)


def is_role(name: str, shape) -> bool:
    if name == "IamInstanceProfile":
        return True
    holds = shape.type_name == "string" or (shape.type_name in ("list", "map"))
    if not holds or not ROLE_NAME.search(name) or NO_ROLE.match(name) or shape.metadata.get("enum"):
        return False
    if shape.type_name == "list" and shape.member.type_name != "string":
        return False
    if shape.type_name == "map" and shape.value.type_name != "string":
        return False
    pattern = shape.metadata.get("pattern") or ""
    about = f"{shape.name} {pattern} {shape.documentation or ''}"
    return bool(re.search(r"arn", name + pattern, re.IGNORECASE) or ROLE_TEXT.search(about))


def streams(operation) -> bool:
    """True where the payload is bytes that say nothing about what is done."""
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    if not payload or operation.name == "PutBucketPolicy":
        return False
    member = shape.members[payload]
    return member.type_name in ("blob", "string") or bool(member.serialization.get("eventstream"))
