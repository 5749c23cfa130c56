"""The lines of operations.txt (src/actions/aws/catalogue-text.ts reads them)."""


def service_line(model, prefixes, hosts, signing) -> str:
    metadata = model.metadata
    parts = [f"@{model.service_name}", ",".join(prefixes), f"host={','.join(hosts)}", f"sign={','.join(signing)}"]
    if "targetPrefix" in metadata:
        parts.append(f"target={metadata['targetPrefix']}")
    protocols = metadata.get("protocols", [metadata["protocol"]])
    # SQS still answers the query protocol, though its model no longer says so.
    if "query" in protocols or "ec2" in protocols or model.service_name == "sqs":
        parts.append(f"version={metadata['apiVersion']}")
    if model.service_name in ("geo-maps", "geo-routes"):
        parts.append("base=/v2")
    return " ".join(parts)


def operation_line(operation, prefix, actions, one_of, resource, roles, streams) -> str:
    first = actions[0]
    parts = [operation.name, ("~" if first.source == "heuristic" else "") + strictest(actions)]
    if operation.metadata["protocol"].startswith("rest"):
        method, uri = operation.http["method"], operation.http["requestUri"]
        if (model_name(operation), operation.name) == ("cloudsearchdomain", "Search"):
            # botocore sends what the model says is a GET as a form.
            method, uri = "GET,POST", uri.partition("?")[0]
        parts += [method, uri]
    if first.source in ("override", "rule"):
        mark = ">" if first.source == "override" else ">>"
        parts.append(mark + ("|" if one_of else ",").join(named(each, prefix) for each in actions))
    elif first.prefix != prefix or first.name != operation.name:
        parts.append("=" + named(first, prefix))
    if resource:
        parts.append("/".join(resource))
    if roles:
        parts.append("^" + ",".join(roles))
    if streams:
        parts.append("!")
    return " ".join(parts)


def model_name(operation) -> str:
    return operation.service_model.service_name


def named(action, prefix) -> str:
    service = "" if action.prefix == prefix else f"{action.prefix}:"
    return f"{service}{action.name}/{action.level}"


def strictest(actions) -> str:
    return max((each.level for each in actions), key="lrtwp".index)
