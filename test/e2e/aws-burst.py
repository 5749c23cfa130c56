"""Makes users as a plan of an infrastructure tool does, all at once, and prints what became of each: a JSON line.

    aws-burst.py <endpoint> <count>
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

COUNT = int(sys.argv[2])
iam = boto3.client("iam", endpoint_url=sys.argv[1], config=Config(max_pool_connections=COUNT, read_timeout=60))


def create(i):
    try:
        answer = iam.create_user(UserName=f"user-{i:02}", Path="/ci/")
        return {"status": answer["ResponseMetadata"]["HTTPStatusCode"], "user": answer["User"]["UserName"]}
    except ClientError as error:
        return {"status": error.response["ResponseMetadata"]["HTTPStatusCode"], "said": str(error)}


with ThreadPoolExecutor(COUNT) as pool:
    for line in pool.map(create, range(COUNT)):
        print(json.dumps(line), flush=True)
