"""What the real botocore makes of our refusals: one JSON line for each call that refusals.test.ts asks for.

    botocore-refusals.py <endpoint> <<< '[{"service": …, "operation": …, "params": {…}, "problem": …, "mode": …, "protocol": …}, …]'
"""

import json
import sys
import time

import botocore.model
import botocore.retries.bucket
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

# How long it waits between attempts is not what is tested.
time.sleep = lambda _: None
botocore.retries.bucket.TokenBucket.acquire = lambda self, amount=1, block=True: True
PRIORITIES = botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS
clients = {}


def client_of(endpoint, asked):
    key = (asked["service"], asked["problem"], asked["mode"], asked.get("protocol"))
    if key not in clients:
        protocol = asked.get("protocol")
        botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = (*((protocol,) if protocol else ()), *PRIORITIES)
        config = Config(
            retries={"mode": asked["mode"]},
            user_agent_extra=f"problem/{asked['problem']}",
            s3={"addressing_style": "path"},
            # Through a proxy, any host is as good as another: some operations put an account in front of it.
            proxies={"http": endpoint},
        )
        clients[key] = botocore.session.get_session().create_client(
            asked["service"],
            region_name="us-east-1",
            endpoint_url="http://gate.test",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
            config=config,
        )
    return clients[key]


for asked in json.load(sys.stdin):
    try:
        client_of(sys.argv[1], asked)._make_api_call(asked["operation"], asked.get("params", {}))
        answer = {"code": None}
    except ClientError as error:
        metadata = error.response["ResponseMetadata"]
        answer = {
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"].get("Message"),
            "type": type(error).__name__,
            "retries": metadata["RetryAttempts"],
            "request": metadata.get("RequestId"),
            "said": str(error),
        }
    print(json.dumps(answer))
