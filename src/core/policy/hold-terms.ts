// What a hold asks for. Several hold rules merge to the strictest of each: every quorum; the shortest expiry, wait and
// replay window; the longest memory of a denial; cancel before wait before execute; the highest risk; every place to be shown at
// (where one of them names none, those of the others have to do); the earliest reminder; grants: see grant-terms.ts.
import type { PolicyDefaults, Rule } from './ast.ts';
import { mergeGrants, ruleGrant } from './grant-terms.ts';
import type { GrantOffer, HoldTerms, OnAbsent, Risk } from './types.ts';

const RISKS: readonly Risk[] = ['low', 'medium', 'high', 'critical'];
/** Strictest first. */
const ABSENT: readonly OnAbsent[] = ['cancel', 'wait', 'execute'];
const USUAL_RISK: Risk = 'medium';

/** `name` is what the decision calls the rule. */
export function ruleTerms(rule: Rule, name: string, defaults: PolicyDefaults): HoldTerms {
  const { hold } = rule;
  return {
    quorums: [
      {
        rule: name,
        approvals: hold?.approvals ?? defaults.approvals,
        from: hold?.from ?? defaults.from,
        ...(hold?.escalate && { escalate: hold.escalate }),
      },
    ],
    risk: rule.risk ?? USUAL_RISK,
    expires: hold?.expires ?? defaults.expires,
    wait: hold?.wait ?? defaults.wait,
    denyMemory: hold?.deny_memory ?? defaults.denyMemory,
    replayWindow: hold?.replay_window ?? defaults.replayWindow,
    onAbsent: hold?.on_absent ?? defaults.onAbsent,
    ...(hold?.notify && { notify: hold.notify }),
    ...shown(hold?.nudge ?? defaults.nudge),
    ...offered(ruleGrant(hold)),
  };
}

const shown = (nudge: number | undefined): Pick<HoldTerms, 'nudge'> => (nudge === undefined ? {} : { nudge });

const offered = (grant: GrantOffer | undefined): Pick<HoldTerms, 'grant'> => (grant ? { grant } : {});

/** What holds a call that no rule matched. */
export function defaultTerms(defaults: PolicyDefaults): HoldTerms {
  const { approvals, from, expires, wait, denyMemory, replayWindow, onAbsent, nudge } = defaults;
  const quorums = [{ rule: 'default', approvals, from }];
  return { quorums, risk: USUAL_RISK, expires, wait, denyMemory, replayWindow, onAbsent, ...shown(nudge) };
}

export function mergeTerms(a: HoldTerms, b: HoldTerms): HoldTerms {
  const notify = [...new Set([...(a.notify ?? []), ...(b.notify ?? [])])];
  const nudges = [a.nudge, b.nudge].filter((each) => each !== undefined);
  const risk = RISKS[Math.max(RISKS.indexOf(a.risk), RISKS.indexOf(b.risk))] ?? 'critical';
  return {
    quorums: [...a.quorums, ...b.quorums],
    risk,
    expires: Math.min(a.expires, b.expires),
    wait: Math.min(a.wait, b.wait),
    denyMemory: Math.max(a.denyMemory, b.denyMemory),
    replayWindow: Math.min(a.replayWindow, b.replayWindow),
    onAbsent: ABSENT[Math.min(ABSENT.indexOf(a.onAbsent), ABSENT.indexOf(b.onAbsent))] ?? 'cancel',
    ...(notify.length > 0 && { notify }),
    ...shown(nudges.length > 0 ? Math.min(...nudges) : undefined),
    ...offered(mergeGrants(a.grant, b.grant, risk)),
  };
}
