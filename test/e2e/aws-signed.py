# What boto3 does with an access key of the gate: aws-signed.py ENDPOINT [CA]. Prints one JSON object.
import io
import json
import os
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, ca = sys.argv[1], (sys.argv[2] if len(sys.argv) > 2 else None)
KEY = 'reports/2026 & more/a+b (final) é.csv'
done = {}


def client(service, **more):
    return boto3.client(service, endpoint_url=endpoint, verify=ca, config=Config(retries={'max_attempts': 0}, **more))


def code_of(work):
    try:
        work()
        return None
    except ClientError as error:
        return error.response['Error']['Code']


s3 = client('s3')
s3.create_bucket(Bucket='signed-bucket')
s3.put_object(Bucket='signed-bucket', Key=KEY, Body=b'small', Metadata={'a': 'b  c'})
done['small'] = s3.get_object(Bucket='signed-bucket', Key=KEY)['Body'].read().decode()
s3.put_object(Bucket='signed-bucket', Key='large', Body=b'x' * 3_000_000)
done['large'] = s3.head_object(Bucket='signed-bucket', Key='large')['ContentLength']
s3.upload_fileobj(
    io.BytesIO(b'y' * 6_000_000), 'signed-bucket', 'parts', Config=TransferConfig(multipart_threshold=5_300_000, multipart_chunksize=5_300_000)
)
done['parts'] = s3.head_object(Bucket='signed-bucket', Key='parts')['ContentLength']
done['keys'] = sorted(each['Key'] for each in s3.list_objects_v2(Bucket='signed-bucket')['Contents'])
done['user'] = client('iam').create_user(UserName='alice')['User']['UserName']
dynamodb = client('dynamodb')
dynamodb.create_table(
    TableName='orders',
    KeySchema=[{'AttributeName': 'id', 'KeyType': 'HASH'}],
    AttributeDefinitions=[{'AttributeName': 'id', 'AttributeType': 'S'}],
    BillingMode='PAY_PER_REQUEST',
)
dynamodb.put_item(TableName='orders', Item={'id': {'S': 'é'}})
done['item'] = dynamodb.get_item(TableName='orders', Key={'id': {'S': 'é'}})['Item']['id']['S']
if ca is None:
    url = client('s3', signature_version='s3v4').generate_presigned_url(
        'get_object', Params={'Bucket': 'signed-bucket', 'Key': KEY}, ExpiresIn=60
    )
    done['presigned'] = urllib.request.urlopen(url).read().decode()
wrong = {'aws_access_key_id': os.environ['AWS_ACCESS_KEY_ID'], 'aws_secret_access_key': 'holdgate' + 'A' * 32}
for service, operation in [('s3', 'list_buckets'), ('iam', 'list_users'), ('dynamodb', 'list_tables'), ('ec2', 'describe_instances')]:
    other = boto3.client(service, endpoint_url=endpoint, verify=ca, config=Config(retries={'max_attempts': 0}), **wrong)
    done[f'wrong {service}'] = code_of(getattr(other, operation))
print(json.dumps(done))
