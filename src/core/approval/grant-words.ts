// What a grant is, in one sentence of ours for people. Names of things in it are the agent's: whoever shows the sentence makes them visible.
import { durationText } from '../duration.ts';
import type { GrantCovers, GrantOffer } from '../policy/types.ts';
import type { Opened } from './events.ts';

const MAX_NAMES = 300;

/** `deploy-bot may do k8s:delete:pods on web-1 in namespace staging, up to 20 times within 1h, without being asked about again` */
export function offerWords(opened: Opened, offer: GrantOffer): string {
  return sentence(opened, offer.covers, `up to ${times(offer.uses)} within ${durationText(offer.for)}`);
}

/** The same with its end; `until` epoch ms. */
export function grantWords(opened: Opened, covers: GrantCovers, uses: number, until: number): string {
  const end = new Date(until).toISOString().slice(0, 16).replace('T', ' ');
  return sentence(opened, covers, `up to ${times(uses)} until ${end} UTC`);
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

function sentence(opened: Opened, covers: GrantCovers, limits: string): string {
  return `${opened.agent} may do ${what(opened, covers)}, ${limits}, without being asked about again`;
}

function what({ method, url, actions, rules }: Opened, covers: GrantCovers): string {
  if (covers === 'call') return `exactly this call (${cut(`${method} ${url}`)})`;
  const names = actions.map(({ name, resource }) => {
    if (covers === 'actions') return name;
    const on = resource.arn ?? resource.id ?? 'the same target';
    return `${name} on ${on}${resource.namespace === undefined ? '' : ` in ${resource.namespace}`}`;
  });
  const said = cut([...new Set(names)].join(' and '));
  return covers === 'targets'
    ? `${said}, whatever its other parameters are`
    : `${said} on any target that ${rules.join(' and ')} would hold, whatever its parameters are`;
}

function cut(text: string): string {
  const well = text.toWellFormed();
  return well.length <= MAX_NAMES ? well : `${well.slice(0, MAX_NAMES - 1).toWellFormed()}…`;
}
