// The files that `holdgate init` writes: working as they are, and explained where somebody will change them.
import { sha256 } from '../../core/sha256.ts';

export interface Principals {
  readonly agent: { readonly id: string; readonly owner: string; readonly credential: string };
  readonly approvers: readonly { readonly email: string; readonly credential: string }[];
}

/** holdgate.yaml with the hashes of the credentials; every value that is written out is also the default or an example. */
export function configTemplate({ agent, approvers }: Principals): string {
  return `# Configuration of Holdgate. Every key: docs/configuration.md. Check it with: holdgate doctor --config holdgate.yaml
version: 1

# The proxy is for agents. The console is for people and machines that watch: API, /metrics, /healthz, /readyz.
listen: {proxy: 127.0.0.1:8080, console: 127.0.0.1:8081}

# Approvals are kept in <data_dir>/holdgate.db; the audit log and the signing key are in data_dir too.
store: sqlite
data_dir: .holdgate

# Files or folders. What no rule matches is held until somebody decides.
policies: [policies]
default: hold

# Defaults for rules that hold. Without \`from\`, everyone in people may approve.
hold: {approvals: 1, from: [group:security], wait: 55s, expires: 15m, deny_memory: 15m, replay_window: 10m, max_open_per_agent: 25}

limits: {inspect_body: 1MiB}

# Agents prove who they are with \`Authorization: Bearer hg_…\` or \`Holdgate-Agent: hg_…\`. Only hashes are kept:
#   printf %s "$CREDENTIAL" | sha256sum
# The owner answers for the agent and never approves its calls.
agents:
  - {id: ${quoted(agent.id)}, owner: ${quoted(agent.owner)}, labels: {env: dev}, credentials: [{bearer_sha256: "${sha256(agent.credential)}"}]}

# People vote, in the console's API or with \`holdgate approvals\`. Groups are what \`from\` names.
people:
${approvers.map(({ email, credential }) => `  - {email: ${quoted(email)}, groups: [security], credentials: [{bearer_sha256: "${sha256(credential)}"}]}`).join('\n')}

# What can be called. Remove the braces and the #'s to reach a service on this machine under http://127.0.0.1:8080/example/.
upstreams: {}
#  example:
#    base: http://localhost:3000
#    mount: /example                     # http://proxy/example/x → base + /x
#    hosts: [example.internal]           # calls by Host header or absolute-form reach it too
#    credential: {header: Authorization, value: "Bearer \${env:EXAMPLE_TOKEN}"}
#    allow_private: true                 # it may resolve to private and loopback addresses
`;
}

/** A first policy: reading passes, deleting is held, everything else gets the default. */
export function policyTemplate(owner: string): string {
  return `# The strictest matching rule wins, in whatever file or order it stands: deny, then hold, then allow.
# Check with: holdgate policy check policies
version: 1
name: starter
owner: ${quoted(owner)}
rules:
  - id: reads
    description: Reading is routine
    match: {method: [GET, HEAD, OPTIONS]}
    effect: allow
  - id: deletes
    description: Deleting cannot be undone
    match: {method: DELETE}
    effect: hold
    risk: high
`;
}

/** An id like `007` or `null` has to stay a text; JSON strings are YAML. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
