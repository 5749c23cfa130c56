// What the real botocore makes of our refusals: its typed error with our words in it, and how often each retry mode asks again unasked.
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProblemType } from '../../../src/core/problems.ts';
import { nativeRefusal } from '../../../src/proxy/dialects/native-refusal.ts';
import { installed } from '../../e2e/real-clients.ts';

const available = installed('python3', ['-c', 'import botocore']);
const SCRIPT = fileURLToPath(new URL('botocore-refusals.py', import.meta.url));
const WORDS = 'Denied by a person: "naïve <&> 日本"';

interface Asked {
  readonly service: string;
  readonly operation: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly problem: ProblemType;
  readonly mode: 'legacy' | 'standard' | 'adaptive';
  readonly protocol?: string;
}

interface Answered {
  readonly code: string | null;
  readonly said: string;
  readonly retries: number;
}

type Operation = Omit<Asked, 'problem' | 'mode'>;

const HEAD_OBJECT: Operation = { service: 's3', operation: 'HeadObject', params: { Bucket: 'b', Key: 'k' } };
/** Code of a denial, code of what is pending, and an operation, for each way of AWS to say an error. */
const OPERATIONS: readonly (readonly [denied: string, pending: string, Operation])[] = [
  ['AccessDenied', 'Throttling', { service: 'iam', operation: 'ListUsers' }],
  ['AccessDenied', 'Throttling', { service: 'rds', operation: 'DescribeDBInstances' }],
  ['AccessDenied', 'RequestLimitExceeded', { service: 'ec2', operation: 'DescribeRegions' }],
  ['AccessDeniedException', 'ThrottlingException', { service: 'dynamodb', operation: 'ListTables' }],
  ['AccessDeniedException', 'ThrottlingException', { service: 'organizations', operation: 'ListRoots' }],
  ['AccessDenied', 'Throttling', { service: 'sqs', operation: 'ListQueues' }],
  ['AccessDeniedException', 'ThrottlingException', { service: 'lambda', operation: 'ListFunctions' }],
  ['AccessDenied', 'Throttling', { service: 'route53', operation: 'ListHostedZones' }],
  ['AccessDenied', 'SlowDown', { service: 's3', operation: 'ListBuckets' }],
  ['403', '503', HEAD_OBJECT],
  [
    'AccessDenied',
    'Throttling',
    { service: 's3control', operation: 'ListJobs', params: { AccountId: '111122223333' } },
  ],
  ['AccessDenied', 'Throttling', { service: 'cloudwatch', operation: 'ListMetrics', protocol: 'smithy-rpc-v2-cbor' }],
  ['AccessDenied', 'Throttling', { service: 'cloudwatch', operation: 'ListMetrics', protocol: 'query' }],
  [
    'AccessDeniedException',
    'ThrottlingException',
    { service: 'gamelift', operation: 'ListBuilds', protocol: 'smithy-rpc-v2-cbor' },
  ],
];

describe.skipIf(!available)(
  `botocore and our refusals${available ? '' : ' (skipped: botocore is not installed)'}`,
  () => {
    let server: Server;
    let answers: ReadonlyMap<string, Answered>;
    const key = ({ service, operation, protocol, problem, mode }: Asked): string =>
      [service, operation, protocol, problem, mode].join(' ');
    const answer = (asked: Asked): Answered => {
      const found = answers.get(key(asked));
      if (!found) throw new Error(`nobody asked ${key(asked)}`);
      return found;
    };

    const asked: Asked[] = OPERATIONS.flatMap(([, , operation]): Asked[] => [
      { ...operation, problem: 'denied-by-person', mode: 'legacy' },
      { ...operation, problem: 'not-sent', mode: 'standard' },
      { ...operation, problem: 'approval-pending', mode: 'legacy' },
      { ...operation, problem: 'approval-pending', mode: 'standard' },
    ]);
    const [[, , iam]] = OPERATIONS as [(typeof OPERATIONS)[number]];
    asked.push({ ...iam, problem: 'approval-pending', mode: 'adaptive' });

    beforeAll(async () => {
      server = createServer((req, res) => {
        const [path = '', query] = (req.url ?? '').replace(/^http:\/\/[^/]*/, '').split('?');
        const [, type] = /problem\/([a-z-]+)/.exec(req.headers['user-agent'] ?? '') ?? [];
        const native = nativeRefusal(
          'aws',
          {
            method: req.method ?? '',
            upstream: 'aws',
            scheme: 'http',
            host: '127.0.0.1',
            path,
            query,
            headers: req.rawHeaders,
            body: { state: 'unread' },
          },
          type as ProblemType,
          { detail: WORDS, retryAfter: 2, decisionId: 'dec_1' },
        );
        const body = Buffer.from(native?.body ?? '', native?.encoding);
        const headers = ['Content-Type', native?.contentType ?? '', 'Content-Length', String(body.length)];
        req.resume().on('end', () => {
          res.writeHead(native?.status ?? 500, [...headers, ...(native?.headers ?? [])]);
          res.end(req.method === 'HEAD' ? undefined : body);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      const python = spawn('python3', [SCRIPT, `http://127.0.0.1:${port}`], { stdio: ['pipe', 'pipe', 'inherit'] });
      python.stdin.end(JSON.stringify(asked));
      let text = '';
      python.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      const code = await new Promise((resolve) => python.on('close', resolve));
      expect(code).toBe(0);
      const lines = text.trimEnd().split('\n');
      answers = new Map(asked.map((each, i) => [key(each), JSON.parse(lines[i] ?? 'null') as Answered]));
    }, 120_000);
    afterAll(() => {
      server.close();
    });

    it.each(OPERATIONS)('denied is %s, pending is %s: $service $operation $protocol', (denied, pending, operation) => {
      const no = answer({ ...operation, problem: 'denied-by-person', mode: 'legacy' });
      expect(no).toMatchObject({ code: denied, retries: 0 });
      // The answer to a HEAD has no words.
      if (operation !== HEAD_OBJECT) {
        const words = `An error occurred (${denied}) when calling the ${operation.operation} operation: ${WORDS} [denied-by-person]`;
        expect(no.said).toBe(words);
      }
      const legacy = answer({ ...operation, problem: 'approval-pending', mode: 'legacy' });
      expect(legacy).toMatchObject({ code: pending, retries: operation.service === 'dynamodb' ? 9 : 4 });
      const standard = answer({ ...operation, problem: 'approval-pending', mode: 'standard' });
      expect(standard).toMatchObject({ code: pending, retries: 2 });
      expect(answer({ ...operation, problem: 'not-sent', mode: 'standard' }).retries).toBe(0);
    });

    it('retries in adaptive mode', () => {
      expect(answer({ ...iam, problem: 'approval-pending', mode: 'adaptive' }).retries).toBe(2);
    });
  },
);
