"""Calls of boto3 through the gate, one after the other, and what became of each: a JSON line.

    aws-calls.py <endpoint> <<< '[{"service": …, "operation": …, "params": {…}, "protocol": …, "style": "path" | "virtual"}, …]'
"""

import json
import sys

import boto3
import botocore.model
from botocore.config import Config
from botocore.exceptions import ClientError

PRIORITIES = botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS

for asked in json.load(sys.stdin):
    protocol = asked.get("protocol")
    botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = (*((protocol,) if protocol else ()), *PRIORITIES)
    client = boto3.client(
        asked["service"],
        endpoint_url=asked.get("endpoint", sys.argv[1]),
        config=Config(s3={"addressing_style": asked.get("style", "path")}),
    )
    try:
        answer = client._make_api_call(asked["operation"], asked.get("params", {}))
        line = {"status": answer["ResponseMetadata"]["HTTPStatusCode"], "answer": answer}
    except ClientError as error:
        line = {"status": error.response["ResponseMetadata"]["HTTPStatusCode"], "error": type(error).__name__, "said": str(error)}
    print(json.dumps(line, default=str), flush=True)
