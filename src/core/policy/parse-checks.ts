// Checks across keys of a policy. They read the plain data, not the validated one, so that a fault elsewhere in the
// file hides none of them; what has the wrong shape is skipped here, the schema reports it.
import { parseDuration } from '../duration.ts';
import type { Fault, LocatedYaml } from '../located-yaml.ts';

type Path = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Duplicate ids, and keys that contradict the effect of their rule. */
export function checkRules(yaml: LocatedYaml): Fault[] {
  const rules = fields(yaml.value)['rules'];
  if (!Array.isArray(rules)) return [];
  const faults: Fault[] = [];
  const seen = new Map<string, string>();
  for (const [i, raw] of rules.entries()) {
    const rule = fields(raw);
    const path = ['rules', i] as const;
    const { id } = rule;
    if (typeof id === 'string') {
      const at = yaml.locate([...path, 'id']);
      const first = seen.get(id);
      if (first === undefined) seen.set(id, at);
      else faults.push({ at, message: `the rule id "${id}" is taken already, at ${first}` });
    }
    faults.push(
      ...checkEffect(rule, path, yaml),
      ...checkEscalation(fields(rule['hold']), [...path, 'hold'], yaml),
      ...checkGrant(rule, path, yaml),
    );
  }
  return faults;
}

function checkEffect(rule: Fields, path: Path, yaml: LocatedYaml): Fault[] {
  const { effect } = rule;
  const faults: Fault[] = [];
  const key = (name: string, message: string): void => {
    faults.push({ at: yaml.locate([...path, name], true), message });
  };
  if ('hold' in rule && (effect === 'allow' || effect === 'deny')) {
    key('hold', `\`hold\` belongs to rules with \`effect: hold\`; this one has \`effect: ${effect}\``);
  }
  if ('risk' in rule && effect === 'allow') key('risk', '`risk` has no meaning on a rule with `effect: allow`');
  if (rule['websocket'] === true && effect === 'deny') {
    key('websocket', 'a rule with `effect: deny` cannot let a call upgrade');
  }
  return faults;
}

function checkEscalation(hold: Fields, path: Path, yaml: LocatedYaml): Fault[] {
  const { after } = fields(hold['escalate']);
  const { expires } = hold;
  if (typeof after !== 'string' || typeof expires !== 'string') return [];
  const [late, end] = [parseDuration(after), parseDuration(expires)];
  if (late === undefined || end === undefined || late < end) return [];
  return [
    {
      at: yaml.locate([...path, 'escalate', 'after']),
      message: `never happens: the approval expires after ${expires}`,
    },
  ];
}

function checkGrant(rule: Fields, path: Path, yaml: LocatedYaml): Fault[] {
  const hold = fields(rule['hold']);
  if (!('grant' in hold) || rule['risk'] !== 'critical') return [];
  const message =
    'nothing is granted ahead with `risk: critical`: take `grant` out, or say a lower risk if people need not look at each of these calls';
  return [{ at: yaml.locate([...path, 'hold', 'grant'], true), message }];
}
