// Which part of Azure a host is, in every cloud: Resource Manager, Key Vault, Blob Storage, Log Analytics, Microsoft Graph, sign-in.
export interface AzureHost {
  readonly plane: 'arm' | 'vault' | 'hsm' | 'blob' | 'logs' | 'graph' | 'login' | 'other';
  /** The vault or account that the host names. */
  readonly account: string | undefined;
}

const ARM: ReadonlySet<string> = new Set([
  'management.azure.com',
  'management.usgovcloudapi.net',
  'management.chinacloudapi.cn',
  'management.microsoftazure.de',
]);
const GRAPH: ReadonlySet<string> = new Set([
  'graph.microsoft.com',
  'graph.microsoft.us',
  'dod-graph.microsoft.us',
  'microsoftgraph.chinacloudapi.cn',
  'graph.microsoft.de',
]);
const LOGIN: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
  'login.microsoftonline.de',
  'login.windows.net',
  'login.microsoft.com',
  'sts.windows.net',
]);
const PLANES: readonly (readonly [plane: AzureHost['plane'], name: RegExp])[] = [
  ['hsm', /^([a-z0-9-]+)\.managedhsm\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)$/],
  ['vault', /^([a-z0-9-]+)\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net|microsoftazure\.de)$/],
  [
    'blob',
    /^([a-z0-9]+?)(?:-secondary)?(?:\.z\d+)?\.blob\.(?:core\.windows\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn|core\.cloudapi\.de|storage\.azure\.net)$/,
  ],
  ['logs', /^api\.loganalytics\.(?:io|us|azure\.(?:com|cn|us))$/],
  // Of Azure, and not read here: each call is unknown.
  [
    'other',
    /^(?:[a-z0-9-]+\.)+(?:(?:queue|table|file|dfs)\.(?:core\.windows\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn|storage\.azure\.net)|documents\.azure\.com|servicebus\.windows\.net|azconfig\.io)$/,
  ],
  ['other', /^(?:management\.core\.windows\.net|graph\.windows\.net|batch\.core\.windows\.net)$/],
  // Kudu beside every app (its settings, its files, commands), and what the portal asks of the directory.
  [
    'other',
    /^(?:(?:[a-z0-9-]+\.)+scm\.(?:[a-z0-9-]+\.)?(?:azurewebsites\.(?:net|us)|chinacloudsites\.cn|appserviceenvironment\.(?:net|us))|main\.iam\.ad\.ext\.azure\.com)$/,
  ],
];

/** Undefined for a host that is none of these. `host` is in lower case, with or without a port. */
export function readAzureHost(host: string): AzureHost | undefined {
  const colon = host.indexOf(':');
  let name = colon < 0 ? host : host.slice(0, colon);
  if (name.endsWith('.')) name = name.slice(0, -1);
  if (ARM.has(name) || /^[a-z0-9]+\.management\.azure\.com$/.test(name)) return { plane: 'arm', account: undefined };
  if (GRAPH.has(name)) return { plane: 'graph', account: undefined };
  if (LOGIN.has(name)) return { plane: 'login', account: undefined };
  for (const [plane, pattern] of PLANES) {
    const match = pattern.exec(name);
    if (match) return { plane, account: match[1] };
  }
  return undefined;
}
