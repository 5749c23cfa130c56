// Names of actions that no call will ever have: a rule about one never matches, and nobody notices. What a provider lists in full is
// an error when it is not there; of the others (custom resources, tables, tools) only the shape of a name is known.
import { nearest } from '../nearest.ts';
import { actionHint, servicePart } from './action-hint.ts';
import { asPattern, createListing } from './action-listing.ts';
import type { Block, PolicyFile, Rule } from './ast.ts';
import { compileGlob, type Glob } from './globs.ts';
import type { Finding, KnownActions } from './lint-finding.ts';
import { PROVIDERS } from './schema-words.ts';

interface Fault {
  readonly severity: Finding['severity'];
  /** `unknown-action` if absent. */
  readonly code?: Finding['code'];
  readonly message: string;
}

/** How many names are compared with everything that a provider has: enough for people, and bounded for machines. */
const MAX_FAR_SEARCHES = 20;
const WILD = /[*?]/;

/** One finding for each name or glob of `action`, in `match` or `except`, that no action has; at the place where it stands. */
export function lintActions(files: readonly PolicyFile[], known: KnownActions): Finding[] {
  const checker = createChecker(known);
  return files.flatMap((file) =>
    file.rules.flatMap((rule, i) => [
      ...blocks(file, rule, ['rules', i, 'match'], rule.match, checker),
      ...blocks(file, rule, ['rules', i, 'except'], rule.except, checker),
    ]),
  );
}

/** What is doubtful about the name of one action, in words; undefined where there is one. */
export function actionDoubt(known: KnownActions, name: string): string | undefined {
  return createChecker(known)(asPattern(name))?.message;
}

type Checker = (pattern: string) => Fault | undefined;

function blocks(
  file: PolicyFile,
  rule: Rule,
  path: readonly (string | number)[],
  list: readonly Block[],
  check: Checker,
): Finding[] {
  return list.flatMap((block, j) =>
    (block.action ?? []).flatMap((pattern, k): Finding[] => {
      const fault = check(pattern);
      if (!fault) return [];
      const at = file.locate?.([...path, j, 'action', k]) ?? rule.at;
      return [{ code: 'unknown-action', ...fault, at, rule: rule.id, message: `rule "${rule.id}": ${fault.message}` }];
    }),
  );
}

function createChecker({ catalogues, whole, elsewhere = [] }: KnownActions): Checker {
  const byProvider = new Map(
    catalogues.map((catalogue) => [catalogue.provider, { ...catalogue, listing: createListing(catalogue) }]),
  );
  const answers = new Map<string, Fault | undefined>();
  let far = 0;
  const check: Checker = (pattern) => {
    const compiled = compileGlob('text', pattern);
    if (!compiled.ok) return undefined; // The parser says so.
    const { glob } = compiled;
    const colon = glob.prefix.indexOf(':');
    if (colon < 0) return providerFault(glob, pattern);
    const provider = glob.prefix.slice(0, colon);
    if (!PROVIDERS.includes(provider)) return unknownProvider(provider, pattern);
    const catalogue = byProvider.get(provider);
    if (isUnknown(glob)) return undefined;
    // Whoever means all that there may be of it is right, wherever the policy is used.
    const all = glob.prefix.length === provider.length + 1;
    if (!catalogue) return elsewhere.includes(provider) && !all ? unchecked(pattern, provider) : undefined;
    if (catalogue.empty === true && all) return undefined;
    const place = glob.prefix.slice(0, Math.max(...[':', '/'].map((sign) => glob.prefix.lastIndexOf(sign))) + 1);
    const asked = catalogue.complete ? servicePart(glob.prefix) : `${provider}:`;
    if (!whole && asked === `${provider}:`) return undefined;
    const { listing } = catalogue;
    if (listing.has(glob, asked)) return undefined;
    const hint =
      catalogue.empty === true
        ? `; the configuration has no upstream with such actions`
        : actionHint(provider, listing, glob, pattern, place, () => far++ < MAX_FAR_SEARCHES && whole);
    const what = WILD.test(pattern) ? `no action matches "${pattern}"` : `unknown action "${pattern}"`;
    if (catalogue.complete) return { severity: 'error', message: `${what}${hint}` };
    return { severity: 'warning', message: `${what} among those known of ${provider}${hint}` };
  };
  return (pattern) => {
    if (!answers.has(pattern)) answers.set(pattern, check(pattern));
    return answers.get(pattern);
  };
}

function unchecked(pattern: string, provider: string): Fault {
  const message = `"${pattern}" was not checked: what there is of "${provider}:" stands in the configuration; name it with --config`;
  return { severity: 'warning', code: 'unchecked-name', message };
}

/** What recognisers call that which they could not name. */
function isUnknown({ literal }: Glob): boolean {
  return literal !== undefined && /:unknown$/i.test(literal);
}

/** The provider itself has a wildcard, or nothing stands behind it. */
function providerFault(glob: Glob, pattern: string): Fault | undefined {
  if (glob.literal === undefined && PROVIDERS.some((provider) => provider.startsWith(glob.prefix))) return undefined;
  return unknownProvider(pattern, pattern);
}

function unknownProvider(name: string, pattern: string): Fault {
  const alias = ALIASES.get(name.toLowerCase()) ?? nearest(name, PROVIDERS);
  const hint = alias === undefined ? '' : `; did you mean "${alias}:"?`;
  const message = `the action "${pattern}" is of no provider${hint} (expected one of ${PROVIDERS.join(', ')})`;
  return { severity: 'error', message };
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['amazon', 'aws'],
  ['kubernetes', 'k8s'],
  ['google', 'gcp'],
  ['microsoft', 'azure'],
  ['postgres', 'sql'],
  ['postgresql', 'sql'],
  ['https', 'http'],
]);
