// Node flags and variables that take away what Holdgate relies on: strict HTTP parsing and verified TLS.
// INVARIANT: with any of them the gate does not start.

interface Flag {
  readonly matches: RegExp;
  readonly why: string;
}

const FLAGS: readonly Flag[] = [
  { matches: /^--insecure-http-parser(?:=|$)/, why: 'lets requests through that two parsers read differently' },
  { matches: /^--tls-min-v1\.[01]$/, why: 'allows TLS versions that are broken' },
  { matches: /^--tls-keylog(?:=|$)/, why: 'writes the keys of TLS sessions to a file' },
  { matches: /^--security-revert(?:=|$)/, why: 'brings back a vulnerability of Node that was fixed' },
];

/** One sentence for each setting that has to go, naming it; empty where the runtime is sound. */
export function insecureRuntime(
  execArgv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const reasons: string[] = [];
  const inspect = (option: string, where: string): void => {
    // Node takes underscores for dashes in the names of options.
    const [name = '', ...value] = option.split('=');
    const normal = [name.replaceAll('_', '-'), ...value].join('=');
    const flag = FLAGS.find(({ matches }) => matches.test(normal));
    if (flag) reasons.push(`${normal.split('=')[0]} ${where} ${flag.why}; remove it`);
  };
  for (const option of execArgv) inspect(option, 'on the command line of node');
  for (const option of (env['NODE_OPTIONS'] ?? '').split(/\s+/)) {
    inspect(option.replaceAll(/["']/g, ''), 'in NODE_OPTIONS');
  }
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    reasons.push('NODE_TLS_REJECT_UNAUTHORIZED=0 switches the verification of certificates off; unset it');
  }
  return reasons;
}
