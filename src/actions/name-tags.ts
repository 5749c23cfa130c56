// Tags from the words of a name, where an API says nothing else of what its tools (MCP) or mutations (GraphQL) do: annotations are the
// server's own claim. INVARIANT: they only ever add to what is held; a name that says nothing proves nothing.

const WORDS: readonly (readonly [tag: string, words: string])[] = [
  [
    'privilege-escalation',
    'grant|grants|permission|permissions|role|roles|policy|policies|admin|sudo|iam|acl|impersonate',
  ],
  ['credential-issue', 'token|tokens|login|apikey|apikeys|keypair|session'],
  [
    'secret-read',
    'secret|secrets|password|passwords|passwd|passphrase|credential|credentials|vault|env|environ|kubeconfig|jwt|totp|apikey|apikeys|' +
      'privatekey|privatekeys|accesskey|accesskeys|signingkey|encryptionkey|accesstoken|accesstokens|refreshtoken|refreshtokens|' +
      'authtoken|authtokens|apitoken|apitokens|bearertoken|sessiontoken|idtoken|connectionstring|connectionstrings|recoverycodes|backupcodes',
  ],
  ['data-export', 'export|exports|dump|download|backup|snapshot|extract'],
  [
    'code-execution',
    'exec|execute|run|eval|evaluate|shell|bash|sh|cmd|command|commands|script|terminal|spawn|process|code|python',
  ],
  ['sql-execution', 'sql|query|queries|postgres|mysql|sqlite|database|db'],
  ['audit-tamper', 'audit|auditlog'],
  ['network-exposure', 'firewall|expose|ingress|tunnel|webhook|webhooks|dns'],
  ['external-sharing', 'share|invite|publish|send|email|mail|post|tweet|message|forward|upload'],
  [
    'destructive',
    'delete|remove|drop|destroy|purge|erase|truncate|wipe|terminate|kill|uninstall|rm|rmdir|unlink|reset|clear|revoke|cancel',
  ],
  ['key-rotation', 'rotate|rotation'],
  [
    'infrastructure',
    'terraform|infrastructure|provision|cluster|instance|instances|server|vm|vpc|kubernetes|k8s|docker|container',
  ],
  ['deployment', 'deploy|deployment|deployments|rollout|rollback|release|releases|promote'],
];

/** Those that a name can earn. */
export const NAME_TAGS: readonly string[] = WORDS.map(([tag]) => tag);

const TAGS_OF = new Map<string, readonly string[]>();
for (const [tag, words] of WORDS)
  for (const word of words.split('|')) TAGS_OF.set(word, [...(TAGS_OF.get(word) ?? []), tag]);

const MAX_KNOWN = 2_048;
const known = new Map<string, readonly string[]>();

/** In the order of the policy language's list; `deleteUser`, `delete_user` and `DELETE-user` are the same words. */
export function nameTags(name: string): readonly string[] {
  let tags = known.get(name);
  if (!tags) {
    tags = read(name);
    if (known.size >= MAX_KNOWN) known.clear();
    // Those that somebody invents are not worth their memory.
    if (name.length <= 64) known.set(name, tags);
  }
  return tags;
}

function read(name: string): readonly string[] {
  const words = name
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  // `apiKey` and `api_key` are `apikey`.
  const pairs = words.slice(1).map((word, i) => `${words[i]}${word}`);
  const found = new Set([...words, ...pairs].flatMap((word) => TAGS_OF.get(word) ?? []));
  return found.size === 0 ? [] : WORDS.flatMap(([tag]) => (found.has(tag) ? [tag] : []));
}
