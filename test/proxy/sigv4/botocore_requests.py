# Prints requests that the real botocore has signed, one JSON object a line: python botocore_requests.py COUNT SEED
import datetime
import json
import random
import sys
from urllib.parse import quote, urlsplit

import botocore.auth as auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

COUNT, SEED = int(sys.argv[1]), int(sys.argv[2])
rng = random.Random(SEED)
S3 = ['s3', 's3-outposts', 's3-object-lambda', 's3express']
OTHERS = ['iam', 'dynamodb', 'lambda', 'execute-api', 'ec2', 'sts', 's3tables', 's3vectors', 'glacier', 'es']
REGIONS = ['us-east-1', 'eu-central-1', 'us-gov-west-1', 'cn-north-1']
HOSTS = ['127.0.0.1:8080', 'iam.amazonaws.com', 'bucket.s3.amazonaws.com', 'Gate.Example.com']
ODD = "abcXYZ019-._~ !*'()+,;:@&=$/?#%é\u1234\U0001f642\"<>[]{}|^`\\"
BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
BASE64 = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+'


def word(most=8, letters=ODD):
    return ''.join(rng.choice(letters) for _ in range(rng.randint(1, most)))


def escaped(most):
    return quote(word(most), safe='-._~')


def one():
    service = rng.choice(S3 + OTHERS)
    single = service in S3
    region = rng.choice(REGIONS)
    key = 'AKIA' + ''.join(rng.choice(BASE32) for _ in range(16))
    secret = ''.join(rng.choice(BASE64) for _ in range(40))
    token = rng.choice([None, None, 'FwoGZXIvYXdzE' + word(30, 'abc/+=')])
    segments = [escaped(8) for _ in range(rng.randint(0, 4))]
    path = '/' + '/'.join(segments) + (rng.choice(['', '/']) if segments else '')
    if rng.random() < 0.05:
        path = '/a//b/./c/../d'
    query = '&'.join(escaped(6) + rng.choice(['=' + escaped(6), '=', '']) for _ in range(rng.randint(0, 4)))
    url = f"{rng.choice(['http', 'https'])}://{rng.choice(HOSTS)}{path}" + (f'?{query}' if query else '')
    presign = rng.random() < 0.2
    method = rng.choice(['GET', 'PUT'] if presign else ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH'])
    body = b'' if presign or method in ('GET', 'HEAD', 'DELETE') else word(60).encode()
    headers = {}
    if not presign and rng.random() < 0.6:
        headers['Content-Type'] = rng.choice(['application/x-amz-json-1.0', 'text/plain;  charset=utf-8', ' application/xml '])
    if rng.random() < 0.4:
        headers['X-Amz-Target'] = 'DynamoDB_20120810.' + word(10, 'abcXYZ')
    if rng.random() < 0.3:
        headers['x-amz-meta-' + word(5, 'abc')] = rng.choice(['a  b   c', '  x ', '"a   b"', 'v,w'])
    if rng.random() < 0.2:
        headers['User-Agent'] = 'Boto3'
    if rng.random() < 0.2:
        headers['amz-sdk-invocation-id'] = word(8, 'abcdef')
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    if rng.random() < 0.1 and single and url.startswith('https'):
        request.context['checksum'] = {'request_algorithm': {'in': 'trailer'}}
    elif rng.random() < 0.1:
        request.context['payload_signing_enabled'] = False
    now = datetime.datetime(
        2026, rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59)
    )
    auth.get_current_datetime = lambda remove_tzinfo=True: now
    credentials = Credentials(key, secret, token)
    if presign:
        signer = (auth.S3SigV4QueryAuth if single else auth.SigV4QueryAuth)(credentials, service, region, expires=3600)
    else:
        signer = (auth.S3SigV4Auth if single else auth.SigV4Auth)(credentials, service, region)
    signer.add_auth(request)
    raw = []
    for name, value in request.headers.items():
        raw += [name, value.decode() if isinstance(value, bytes) else str(value)]
    if 'host' not in [name.lower() for name in raw[::2]]:
        raw += ['Host', auth._host_from_url(request.url)]
    parts = urlsplit(request.url)
    target = request.url[request.url.index('/', 8) :] if parts.path else '/'
    epoch = int(now.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)
    return {
        'service': service,
        'region': region,
        'accessKeyId': key,
        'secret': secret,
        'now': epoch,
        'method': method,
        'target': target,
        'headers': raw,
        'body': body.decode(),
        'presigned': presign,
    }


for _ in range(COUNT):
    print(json.dumps(one()))
