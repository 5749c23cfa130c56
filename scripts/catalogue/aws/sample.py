"""Records the requests that the real botocore makes: every operation of every service, with parameters made from its model and signed
with keys that open nothing. Nothing is sent. The tests of the AWS recogniser read a part of them (test/actions/aws/data).

    sample.py <file.jsonl> [--every N] [--seed TEXT] [--region R] [--endpoint URL]

A line: {service, operation, protocol, method, url, headers: [[name, value], …], body: base64 or null}
"""

import argparse
import base64
import datetime
import json
import random
import re
import sys
import uuid
import zlib

import botocore.auth
import botocore.model
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.tokens import FrozenAuthToken

MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
ACCOUNT = "123456789012"
PRIORITIES = tuple(botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS)
KEY = "AKIDEXAMPLE"


class Captured(Exception):
    def __init__(self, request):
        super().__init__()
        self.request = request


ASKED = {"operation": ""}


def capture(request, **_):
    """Ends the call with its request; one that only asks where to send another one to is answered."""
    target = request.headers.get("X-Amz-Target", "")
    target = target.decode() if isinstance(target, bytes) else target
    if target.endswith(".DescribeEndpoints") and ASKED["operation"] != "DescribeEndpoints":
        body = b'{"Endpoints": [{"Address": "cell1.timestream.us-east-1.amazonaws.com", "CachePeriodInMinutes": 1440}]}'
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, Raw(body))
    raise Captured(request)


class Raw:
    def __init__(self, body: bytes):
        self.body = body

    def stream(self, *_, **__):
        yield self.body


class Values:
    """Parameters for a shape; `rich` fills optional members too."""

    def __init__(self, rng, rich: bool):
        self.rng, self.rich = rng, rich

    def make(self, shape, name: str, depth: int = 0, seen=()):
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, depth, seen)
        if kind == "list":
            inner = shape.member
            if shape.name in seen and inner.type_name in ("structure", "list", "map"):
                return []
            count = max(1, shape.metadata.get("min", 1))
            if self.rich and inner.type_name == "string":
                count = max(count, self.rng.randint(1, 3))
            return [self.make(inner, name, depth + 1, (*seen, shape.name)) for _ in range(min(count, 20))]
        if kind == "map":
            if shape.name in seen:
                return {}
            return {self.make(shape.key, "key"): self.make(shape.value, name, depth + 1, (*seen, shape.name))}
        if kind == "string":
            return self.text(shape, name)
        if kind == "blob":
            return b"some bytes \x00\xff"
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind in ("integer", "long"):
            return max(int(shape.metadata.get("min", 1)), self.rng.randint(1, 9))
        if kind in ("float", "double"):
            return float(shape.metadata.get("min", 1)) + 0.5
        if kind == "timestamp":
            return MOMENT
        raise ValueError(kind)

    def structure(self, shape, depth, seen):
        found = {}
        if getattr(shape, "is_document_type", False):
            return {"some": "document"}
        if shape.name in seen and not shape.required_members:
            return {}
        if len(seen) > 12:
            return {}
        members = shape.members
        if getattr(shape, "is_tagged_union", False):
            names = [self.rng.choice(sorted(members))]
        else:
            required = set(shape.required_members)
            names = [
                each
                for each in members
                if each in required or (self.rich and depth < 3 and self.rng.random() < (0.7 if depth == 0 else 0.4))
            ]
        for name in names:
            if members[name].serialization.get("eventstream") or getattr(members[name], "serialization", {}).get("eventstream"):
                continue
            found[name] = self.make(members[name], name, depth + 1, (*seen, shape.name))
        return found

    def text(self, shape, name: str) -> str:
        lower = name.lower()
        if shape.metadata.get("enum"):
            return self.rng.choice(shape.metadata["enum"])
        if lower in ("accountid", "awsaccountid", "sourceaccount", "expectedbucketowner", "owneraccount"):
            text = ACCOUNT
        elif "arn" in lower and not lower.startswith("warn"):
            text = f"arn:aws:example:us-east-1:{ACCOUNT}:thing/some-name"
            if "role" in lower:
                text = f"arn:aws:iam::{ACCOUNT}:role/path/some-role"
        elif lower in ("contenttype", "content-type"):
            text = "application/json"
        elif lower == "copysource":
            text = "source-bucket/some/key"
        elif lower == "bucket":
            text = "example-bucket"
        elif lower == "key":
            text = "some/key name+1.txt"
        elif "url" in lower or "uri" in lower:
            text = "https://example.com/path"
        elif lower.endswith("id"):
            text = f"id-{self.rng.randrange(16**8):08x}"
        else:
            text = self.rng.choice(["some-name", "Example", "value1", "a b&c=d/é"] if self.rich else ["some-name"])
        if shape.metadata.get("pattern") in ("^[a-z]+$",):
            text = "somename"
        short, long = shape.metadata.get("min", 0), shape.metadata.get("max")
        text = text + "x" * max(0, (short or 0) - len(text))
        return text[:long] if isinstance(long, int) and long > 0 and len(text) > long and "arn:" not in text else text


class Tokens:
    """For the one service that takes a bearer token."""

    def load_token(self, **_):
        return self

    def get_frozen_token(self):
        return FrozenAuthToken("token", MOMENT + datetime.timedelta(days=9999))


def protocols_of(session, service: str) -> list[str]:
    metadata = session.get_service_model(service).metadata
    return metadata.get("protocols") or [metadata["protocol"]]


def client_of(session, service: str, protocol: str, options):
    botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = (protocol, *PRIORITIES)
    client = session.create_client(
        service,
        region_name=options.region,
        aws_access_key_id=KEY,
        aws_secret_access_key="secret",
        endpoint_url=options.endpoint,
        config=Config(retries={"max_attempts": 0}),
    )
    client.meta.events.register("before-send", capture)
    return client


def requests_of(session, service: str, options):
    """Yields (operation, protocol, variant, request) for what botocore can serialise, an exception for the rest."""
    for protocol in protocols_of(session, service):
        client = client_of(session, service, protocol, options)
        model = client.meta.service_model
        for name in model.operation_names:
            operation = model.operation_model(name)
            for variant in ("least", "rich"):
                rng = random.Random(f"{options.seed}/{service}/{name}/{variant}")
                params = {}
                if operation.input_shape is not None:
                    params = Values(rng, variant == "rich").structure(operation.input_shape, 0, ())
                adjust(service, name, params)
                ASKED["operation"] = name
                try:
                    client._make_api_call(name, params)
                except Captured as captured:
                    yield operation, protocol, variant, captured.request
                except (BotoCoreError, ClientError, ValueError, AttributeError, KeyError, TypeError) as problem:
                    yield operation, protocol, variant, problem


def adjust(service, name, params):
    """What the endpoint rules refuse otherwise."""
    if service == "s3control" and "AccountId" in params:
        params["AccountId"] = ACCOUNT
    if service in ("s3", "s3control"):
        if "Bucket" in params:
            params["Bucket"] = "example-bucket"
        for each in ("ExpectedBucketOwner", "OutpostId"):
            params.pop(each, None)
        if service == "s3control" and "Name" in params:
            params["Name"] = "some-point"
        if name == "WriteGetObjectResponse":
            params["RequestRoute"] = "route1"
            params["RequestToken"] = "token"
    if service == "s3" and "CopySource" in params:
        params["CopySource"] = "source-bucket/some/key"
    if service == "cloudfront-keyvaluestore":
        params["KvsARN"] = f"arn:aws:cloudfront::{ACCOUNT}:key-value-store/some-name"
    if service == "events":
        params.pop("EndpointId", None)
    if service == "sesv2":
        params.pop("EndpointId", None)
    if service == "kinesis":
        for each in ("StreamARN", "ConsumerARN", "ResourceARN"):
            if each in params:
                suffix = "/consumer/some:1" if each == "ConsumerARN" else ""
                params[each] = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/some-name{suffix}"
        params.pop("StreamId", None)
    if service == "dynamodb":
        for each in ("ResourceArn", "TableArn", "StreamArn"):
            if each in params:
                params[each] = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/some-name"


def record(service, operation, protocol, request) -> dict:
    headers = []
    for name, value in request.headers.items():
        text = value.decode("latin1") if isinstance(value, bytes) else str(value)
        text = re.sub(r"Signature=[0-9a-f]{64}", "Signature=" + "0" * 64, text)
        if name == "User-Agent":
            text = text.split(" ")[0]
        headers.append([name, text])
    body = request.body
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    return {
        "service": service,
        "operation": operation.name,
        "protocol": protocol,
        "method": request.method,
        "url": request.url,
        "headers": headers,
        "body": base64.b64encode(bytes(body)).decode() if body else None,
    }


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("target")
    arguments.add_argument("--every", type=int, default=1, help="keep one of so many operations, but some of each service")
    arguments.add_argument("--seed", default="1")
    arguments.add_argument("--region", default="us-east-1")
    arguments.add_argument("--endpoint", help="as with AWS_ENDPOINT_URL")
    options = arguments.parse_args()
    counter = random.Random(options.seed)
    uuid.uuid4 = lambda: uuid.UUID(int=counter.getrandbits(128), version=4)
    botocore.auth.get_current_datetime = lambda *_, **__: MOMENT.replace(tzinfo=None)
    session = botocore.session.get_session()
    session.register_component("token_provider", Tokens())
    made, failed, operations = 0, {}, set()
    with open(options.target, "w", encoding="utf8") as out:
        for service in sorted(session.get_available_services()):
            first = True
            for operation, protocol, variant, request in requests_of(session, service, options):
                if isinstance(request, Exception):
                    failed.setdefault((service, operation.name), []).append(f"{type(request).__name__}: {request}"[:200])
                    continue
                operations.add((service, operation.name))
                chosen = zlib.crc32(f"{service}/{operation.name}/{protocol}/{variant}".encode()) % options.every == 0
                if chosen or first:
                    out.write(json.dumps(record(service, operation, protocol, request), ensure_ascii=False) + "\n")
                    made += 1
                first = False
    print(f"{made} requests written; {len(operations)} operations could be serialised", file=sys.stderr)
    for (service, name), problems in failed.items():
        if (service, name) not in operations:
            print(f"not serialised: {service} {name}: {problems[0]}", file=sys.stderr)


if __name__ == "__main__":
    main()
