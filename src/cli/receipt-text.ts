// A receipt in words for a person: who asked, for what, who decided, what became of it. Everything from outside is made
// visible first, and the agent's own words stand behind a bar.
import type { ReceiptFinding } from '../core/receipt/verify.ts';
import type { ReceiptStatement, ReceiptVote } from '../core/receipt/statement.ts';
import { visibleText } from '../core/visible-text.ts';
import { barred, clockTime, labelled } from './approvals/layout.ts';

const ENDINGS: Readonly<Record<string, string>> = {
  succeeded: 'ran and succeeded',
  upstream_error: 'ran; the upstream answered with an error',
  indeterminate: 'was sent; what it did is not known',
  not_sent: 'was approved, and certainly not sent',
  void: 'was approved, and did not run: the approval no longer held',
  denied: 'was denied',
  expired: 'expired without a decision',
  cancelled: 'was cancelled',
};

function voteLine(vote: ReceiptVote): string {
  const verb = vote.vote === 'approve' ? 'approved' : 'denied';
  const reason = vote.reason === null ? '' : `: ${visibleText(vote.reason)}`;
  return `${visibleText(vote.by)} ${verb} ${clockTime(vote.at)} by ${visibleText(vote.channel)}${reason}`;
}

function outcomeLines({ outcome, status, why }: ReceiptStatement): string[] {
  const lines = [ENDINGS[status] ?? visibleText(status)];
  if (outcome) {
    const { bytes, ended_at, http_status, response_sha256, sent_at } = outcome;
    lines.push(`sent ${clockTime(sent_at)}, ended ${clockTime(ended_at)}`);
    if (http_status !== null)
      lines.push(`HTTP ${http_status}, ${bytes ?? 0} bytes, sha256 ${response_sha256 ?? 'not known'}`);
  }
  if (why !== null) lines.push(visibleText(why));
  return lines;
}

function grantedLines({ granted }: ReceiptStatement): string[] {
  if (!granted) return [];
  const use = `by use ${granted.use} of the grant ${granted.id}, until ${clockTime(granted.until)}, given with ${granted.source.approval_id}:`;
  return labelled('granted', [visibleText(use), ...granted.votes.map(voteLine)]);
}

/** The statement in lines of at most about `columns` characters; ends in a line feed. */
export function receiptText(s: ReceiptStatement, columns: number): string {
  const { call } = s;
  const people = call.requesters.filter((person) => person !== call.owner);
  const needed = s.terms.quorums.map(
    ({ approvals, from, rule }) => `${approvals} of ${from.length > 0 ? from.join(', ') : 'everyone'} (rule ${rule})`,
  );
  const credential = s.credential ? `${s.credential.kind}, scope ${s.credential.scope}` : 'none injected';
  const votes = s.votes.map(voteLine);
  const lines = [
    ...labelled('call', [visibleText(`${call.method} ${call.url}`), `${call.body_size} bytes, sha256 ${call.sha256}`]),
    ...labelled('does', [visibleText(s.summary)]),
    ...labelled('asked', [
      visibleText(`${call.agent}, owner ${call.owner}${people.length > 0 ? `, for ${people.join(', ')}` : ''}`),
      clockTime(s.asked_at),
    ]),
    ...labelled('held by', [visibleText(s.detail), `policy ${visibleText(s.policy_digest)}`]),
    ...labelled(
      'needed',
      needed.map((line) => visibleText(line)),
    ),
    ...labelled('decided', votes.length > 0 || s.granted ? votes : ['by nobody']),
    ...grantedLines(s),
    ...labelled('outcome', outcomeLines(s)),
    ...labelled('with', [visibleText(`credential: ${credential}`)]),
  ];
  if (s.justification) {
    lines.push(
      ...labelled('claimed', [
        "the agent's own words, not verified:",
        ...barred(visibleText(s.justification.text), columns),
      ]),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** What is wrong, one line each. */
export function findingLines(findings: readonly ReceiptFinding[]): string {
  return findings.map(({ name, message }) => `  ${name}: ${visibleText(message)}\n`).join('');
}
