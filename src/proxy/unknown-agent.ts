// Answers a call whose agent is not known. One that is signed as for AWS is answered as AWS would: its client understands nothing else.
import type { Exchange } from './exchange.ts';
import type { AgentAuth } from './auth/agent-authenticator.ts';
import type { Target } from './intake/target.ts';
import { refuse } from './refuse.ts';
import { speakAws } from './speak-aws.ts';

const SEND =
  'Send the credential that this gate issued to you: "Authorization: Bearer hg_…", Proxy-Authorization or Holdgate-Agent.';
const SIGN =
  'The call is signed with a key that is not of this gate: sign with the AWS access key that it issued to you (HGAK…), or send another of its credentials.';

export function unknownAgent(exchange: Exchange, target: Target, auth: Extract<AgentAuth, { ok: false }>): void {
  const { deps } = exchange;
  const { why, problem, detail } = auth;
  deps.bus.emit('agent:refused', { source: exchange.source, why });
  const asProxy = target.authority !== undefined;
  // A client that is only to be asked for its proxy's credentials has to see the challenge.
  if (problem !== undefined || !asProxy) speakAws(exchange, target);
  refuse(exchange, problem ?? (asProxy ? 'proxy-unauthenticated' : 'unauthenticated'), {
    detail: detail ?? (exchange.family === 'aws' ? SIGN : SEND),
    reason: why,
    ...(problem === 'gate-unavailable' && { retryAfter: 1 }),
  });
}
