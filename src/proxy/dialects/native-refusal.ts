// A refusal in the language of the upstream's API, so that an unmodified client raises its own error with our words in it.
import type { Envelope } from '../../actions/envelope.ts';
import type { Call } from '../../core/call.ts';
import { type ProblemType, problems } from '../../core/problems.ts';
import type { UpstreamKind } from '../../core/upstream.ts';
import { awsRefusal } from './aws.ts';
import { azureRefusal } from './azure.ts';
import { gcpRefusal } from './gcp.ts';
import { gitRefusal } from './git.ts';
import { githubRefusal } from './github.ts';
import { graphqlRefusal } from './graphql.ts';
import { kubernetesRefusal } from './kubernetes.ts';
import { mcpRefusal } from './mcp.ts';
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';
import { sqlOverHttpRefusal } from './sql-over-http.ts';

type Dialect = (words: RefusalWords, call: Call) => NativeRefusal | undefined;

const DIALECTS: Partial<Readonly<Record<UpstreamKind, Dialect>>> = {
  aws: awsRefusal,
  azure: azureRefusal,
  gcp: gcpRefusal,
  git: gitRefusal,
  github: githubRefusal,
  graphql: graphqlRefusal,
  kubernetes: kubernetesRefusal,
  mcp: mcpRefusal,
  'sql-over-http': sqlOverHttpRefusal,
};

interface Words {
  readonly detail: string;
  readonly approvalId?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly decisionId?: string;
  readonly envelope?: Envelope | undefined;
}

/** Undefined where the API has no form of its own: then it is a problem of RFC 9457. `call` may lack its body. */
export function nativeRefusal(
  family: UpstreamKind,
  call: Call,
  type: ProblemType,
  { detail, approvalId, retryAfter, decisionId, envelope }: Words,
): NativeRefusal | undefined {
  const message = `${detail}${approvalId === undefined ? '' : ` (approval ${approvalId})`} [${type}]`;
  return DIALECTS[family]?.({ type, status: problems[type].status, message, retryAfter, decisionId, envelope }, call);
}
